// What a request says of its sender: Cookie fields, signed values, XSRF tokens, Authorization; and
// cookies that a program sets from such text.

#include "authorization.hpp"
#include "base64.hpp"
#include "cookies.hpp"
#include "field_rules.hpp"
#include "set_cookie.hpp"
#include "xsrf_token.hpp"
#include <gyre/http/signed_cookies.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace http = gyre::http;
namespace detail = gyre::http::detail;

void require(bool condition) {
    if (!condition) std::abort();
}

void check_cookies(std::string_view input) {
    std::string_view rest = input;
    http::CookieView cookie;
    std::size_t count = 0;
    while (detail::next_cookie(rest, cookie)) {
        ++count;
        require(!cookie.name.empty());
        require(cookie.name.find_first_of("=;") == std::string_view::npos);
        require(cookie.value.find(';') == std::string_view::npos);
        require(cookie.name.data() >= input.data() &&
                cookie.value.data() + cookie.value.size() <= input.data() + input.size());
    }
    require(count <= detail::count_cookies(input));
}

void check_signatures(std::string_view input) {
    const http::SignedCookies cookies{
        "0123456789abcdef",
        {.clock = [] { return std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000}}; }}};
    // Nobody makes a good one without the key.
    require(cookies.verify("a", input).status != http::SignatureStatus::good);
    const std::string text = cookies.sign("a", input).value;
    require(detail::is_cookie_value(text));
    const http::SignedValue back = cookies.verify("a", text);
    require(back.status == http::SignatureStatus::good && back.value == input);
}

// A cookie that passes the check says nothing more than it was given.
void check_set_cookie(std::string_view input) {
    const std::size_t part = input.size() / 4;
    http::Cookie cookie{.name = std::string{input.substr(0, part)},
                        .value = std::string{input.substr(part, part)},
                        .domain = std::string{input.substr(2 * part, part)},
                        .path = std::string{input.substr(3 * part)}};
    if (!detail::check_cookie(cookie).empty()) return;
    const std::string line = detail::set_cookie_value(cookie);
    require(detail::is_field_value(line));
    std::size_t parts = 1;
    for (const char c : line)
        if (c == ';') ++parts;
    require(parts == 1U + (cookie.domain.empty() ? 0U : 1U) + (cookie.path.empty() ? 0U : 1U));
    require(detail::sets_same_cookie(line, line));
}

void check_tokens(std::string_view input) {
    if (const auto secret = detail::unmask_xsrf_secret(input))
        require(secret->size() == detail::xsrf_secret_size);
    if (const auto bytes = detail::base64_decode(input))
        require(detail::base64_encode(*bytes) == input);
    if (const auto bytes = detail::base64url_decode(input))
        require(detail::base64url_encode(*bytes) == input);
    require(detail::base64_decode(detail::base64_encode(input)) == input);
    if (const auto credentials = detail::parse_basic_auth(input))
        require(credentials->username.find(':') == std::string::npos);
    if (const auto token = detail::parse_bearer_token(input)) require(!token->empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_cookies(input);
    check_signatures(input);
    check_set_cookie(input);
    check_tokens(input);
    return 0;
}
