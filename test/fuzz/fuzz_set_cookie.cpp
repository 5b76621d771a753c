// Lines of Set-Cookie fields from several hosts, into a jar and out again; then the whole input as
// a file of cookies.

#include "cookie_file.hpp"
#include "cookie_store.hpp"
#include "field_rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace detail = gyre::http::detail;
using detail::CookieOrigin;
using detail::CookieStore;
using gyre::http::StoredCookie;

constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};

constexpr std::array<CookieOrigin, 6> origins{{{true, "www.example.com", "/a/b"},
                                               {false, "example.com", "/"},
                                               {true, "x.example.co.uk", "/a"},
                                               {true, "me.github.io", "/"},
                                               {false, "192.0.2.1", "/a;b/"},
                                               {false, "localhost", "/"}}};

void require(bool condition) {
    if (!condition) std::abort();
}

// Each line goes to the origin that its number says.
void set_all(CookieStore& store, std::string_view input) {
    for (std::size_t i = 0; !input.empty(); ++i) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        store.set_from(origins[i % origins.size()], line, now);
    }
}

void check_header(CookieStore& store, const CookieOrigin& origin) {
    const std::string header = store.cookie_header(origin, now);
    require(detail::is_field_value(header) && header.find('\t') == std::string::npos);
    require(header.size() <= CookieStore::max_header_size);
    const std::vector<StoredCookie> cookies = store.for_origin(origin, now);
    require(header.empty() == cookies.empty());
    const auto cookies_in_it = static_cast<std::size_t>(
        header.empty() ? 0 : std::count(header.begin(), header.end(), ';') + 1);
    require(cookies_in_it <= cookies.size());
    for (const StoredCookie& cookie : cookies) {
        require(origin.secure || !cookie.secure);
        require(origin.host == cookie.domain ||
                (!cookie.host_only && origin.host.ends_with("." + cookie.domain)));
    }
}

// What is kept can be written to a file, and comes back the same.
void check_file(CookieStore& store) {
    std::vector<StoredCookie> cookies = store.all(now);
    require(cookies.size() == store.size(now));
    const std::string text = detail::format_cookie_file(cookies, true);
    const detail::CookieFileResult result = detail::parse_cookie_file(text, now);
    require(result.error.empty());
    for (StoredCookie& cookie : cookies) {
        require(!cookie.expires || *cookie.expires > now);
        cookie.same_site = gyre::http::SameSite::unset;  // not in the file
    }
    require(result.cookies == cookies);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    CookieStore store;
    set_all(store, input);
    for (const CookieOrigin& origin : origins)
        check_header(store, origin);
    check_file(store);

    CookieStore loaded;
    for (const StoredCookie& cookie : detail::parse_cookie_file(input, now).cookies)
        loaded.put(cookie, now);
    for (const CookieOrigin& origin : origins)
        check_header(loaded, origin);
    check_file(loaded);
    return 0;
}
