// Where a redirect leads: what comes from a client never leaves the origin or splits the response.

#include "field_rules.hpp"
#include "redirect_target.hpp"
#include "url.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

namespace detail = gyre::http::detail;

void require(bool condition) {
    if (!condition) std::abort();
}

// What every Location is: visible ASCII without '\', which browsers take for '/'.
void require_sendable(const std::string& location) {
    for (const char c : location)
        require(c > 0x20 && c < 0x7f && c != '\\');
}

void check_origin(std::string_view input, const detail::Url& base) {
    const detail::RedirectTarget target = detail::redirect_to_origin(input, true, "own.example");
    require(target.location.empty() != target.error.empty());
    if (!target.error.empty()) return;
    require_sendable(target.location);
    require(!target.location.starts_with("//"));
    const detail::UrlResult led = detail::resolve(base, target.location);
    require(led.url.has_value());
    if (led.url) require(detail::same_origin(*led.url, base) && !led.url->has_userinfo);
    // What was made once stays as it is.
    require(detail::redirect_to_origin(target.location, true, "own.example").location ==
            target.location);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const detail::UrlResult base = detail::parse_url("https://own.example/a/b?c");
    require(base.url.has_value());
    if (base.url) check_origin(input, *base.url);
    const detail::RedirectTarget offsite = detail::redirect_to_offsite(input);
    require(offsite.location.empty() != offsite.error.empty());
    require_sendable(offsite.location);
    if (!offsite.location.empty())
        require(offsite.location.starts_with("http://") ||
                offsite.location.starts_with("https://"));
    return 0;
}
