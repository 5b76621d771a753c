#include "request_decoder.hpp"

#include "field_rules.hpp"

#include <limits>

namespace gyre::http::detail {

std::optional<ContentCoding> request_coding(const MessageHead& head) noexcept {
    std::optional<ContentCoding> found = ContentCoding::identity;
    for (const Field& field : head.fields) {
        if (!iequals(field.name, "Content-Encoding")) continue;
        for_each_token(field.value, [&](std::string_view name) {
            const std::optional<ContentCoding> coding = coding_named(name);
            if (coding == ContentCoding::identity) return true;
            found = found == ContentCoding::identity ? coding : std::nullopt;
            return found.has_value();
        });
        if (!found) break;
    }
    return found;
}

std::optional<ContentCoding> response_coding(const MessageHead& head) noexcept {
    const std::optional<ContentCoding> found = request_coding(head);
    if (found) return found;
    int codings = 0;
    for (const Field& field : head.fields)
        if (iequals(field.name, "Content-Encoding"))
            for_each_token(field.value, [&](std::string_view name) {
                if (coding_named(name) != ContentCoding::identity) ++codings;
            });
    return codings == 1 ? std::optional{ContentCoding::identity} : std::nullopt;
}

std::uint64_t RequestDecoder::coded_limit(std::uint64_t max_body) noexcept {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t more = max_body / 64 + 1024;
    return max_body > most - more ? most : max_body + more;
}

DecodeStep RequestDecoder::next() {
    const DecodeStep step = decoder_.decode(input_.bytes);
    input_.bytes.remove_prefix(step.consumed);
    if (input_.bytes.empty()) input_ = {};
    pending_ = step.event == DecodeStep::Event::data;
    return step;
}

}  // namespace gyre::http::detail
