// parse_url and resolve: what they accept can be sent, and parses to the same URL again.

#include "field_rules.hpp"
#include "url.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

namespace detail = gyre::http::detail;

void require(bool condition) {
    if (!condition) std::abort();
}

// Ends the program where there is no URL, since one has to be there.
detail::Url url_of(const detail::UrlResult& result) {
    require(result.url.has_value());
    return result.url.value_or(detail::Url{});
}

void check(const detail::UrlResult& result) {
    require(result.url.has_value() == result.error.empty());
    if (!result) return;
    const detail::Url url = url_of(result);
    require(detail::is_target(url.target) && url.target.front() == '/');
    require(detail::is_host(url.host_header()) && url.port != 0);
    const detail::Url again = url_of(detail::parse_url(url.to_string()));
    require(again.target == url.target && again.fragment == url.fragment);
    require(detail::same_origin(again, url));
    require(!again.has_userinfo);
}

}  // namespace

// The input is a URL and, behind a line feed, a location to resolve against it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line_end = input.find('\n');
    const std::string_view text = input.substr(0, line_end);
    const detail::UrlResult base = detail::parse_url(text);
    check(base);
    if (line_end == std::string_view::npos) return 0;
    const auto fixed = detail::parse_url("http://u:p@a/b/c/d;p?q#f");
    check(detail::resolve(url_of(base ? base : fixed), input.substr(line_end + 1)));
    return 0;
}
