// evaluate_conditions, range_may_be_used and ETag::parse. The input is a method and fields, a line
// each.

#include "conditional.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

namespace detail = gyre::http::detail;
using detail::Condition;
using gyre::http::ETag;

void require(bool condition) {
    if (!condition) std::abort();
}

std::string_view take_line(std::string_view& rest) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? line.size() : line.size() + 1);
    return line;
}

void check_tag(std::string_view text) {
    const auto tag = ETag::parse(text);
    require(!tag || (tag->to_string() == text && detail::is_etag_value(tag->value)));
}

void check(std::string_view method, const gyre::http::HTTPHeaders& fields,
           const detail::Validators& validators) {
    const std::chrono::sys_seconds now{std::chrono::seconds{1'000'000'000}};
    const Condition outcome = detail::evaluate_conditions(method, fields, validators, now);
    const bool reads = method == "GET" || method == "HEAD";
    require(outcome != Condition::not_modified || reads);
    const bool any = fields.contains("If-Match") || fields.contains("If-None-Match") ||
                     fields.contains("If-Modified-Since") || fields.contains("If-Unmodified-Since");
    require(any || outcome == Condition::proceed);
    // What is not there has not been left unmodified.
    require(validators.exists || outcome != Condition::not_modified || validators.last_modified);
    const bool ranged = detail::range_may_be_used(fields, validators, now);
    require(ranged || fields.contains("If-Range"));
    require(!ranged || !fields.contains("If-Range") || validators.etag || validators.last_modified);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view method = take_line(rest);
    gyre::http::HTTPHeaders fields;
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        fields.add(line.substr(0, colon), line.substr(colon + 2));
        check_tag(line.substr(colon + 2));
    }
    const std::chrono::sys_seconds changed{std::chrono::seconds{784'111'777}};
    const std::array<detail::Validators, 4> all{{
        {.etag = ETag{"abc"}, .last_modified = changed},
        {.etag = ETag{"abc", true}},
        {.last_modified = changed},
        {.exists = false},
    }};
    for (const detail::Validators& validators : all)
        check(method, fields, validators);
    return 0;
}
