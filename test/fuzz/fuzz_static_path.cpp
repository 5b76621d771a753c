// parse_static_path: what it lets through lies beneath the folder, under any reading of the name;
// and a name that may be served is found again from its link in a listing.

#include "percent.hpp"
#include "static_path.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

namespace detail = gyre::http::detail;

void require(bool condition) {
    if (!condition) std::abort();
}

void check(std::string_view path, bool hidden_too) {
    const auto result = detail::parse_static_path(path, hidden_too);
    if (!result) return;
    const std::string& name = result->name;
    require(name.find('\\') == std::string::npos && name.find('\0') == std::string::npos);
    require(detail::is_utf8(name) && name.size() <= path.size());
    const std::filesystem::path parsed{name};
    require(parsed.is_relative() && parsed.lexically_normal() == parsed);
    for (const auto& segment : parsed) {
        require(segment != ".." && segment != ".");
        require(hidden_too || name.empty() || segment.native().front() != '.');
    }
    require(!hidden_too || detail::parse_static_path(path, false).has_value() ||
            ('/' + name).find("/.") != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view path(reinterpret_cast<const char*>(data), size);
    check(path, false);
    check(path, true);
    if (detail::is_servable_name(path, true)) {
        const auto again = detail::parse_static_path(detail::percent_encode(path), true);
        require(again && again->name == path && !again->ends_open);
    }
    return 0;
}
