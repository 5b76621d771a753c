#include "cookies.hpp"
#include "exchange.hpp"
#include "exchange_access.hpp"
#include "field_rules.hpp"
#include "html.hpp"
#include "secrets.hpp"
#include "xsrf_token.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/xsrf.hpp>

#include <optional>
#include <utility>

namespace gyre::http {
namespace {

using detail::ExchangeAccess;
using gyre::detail::ErrorAccess;

Error denied(std::string why) { return {Errc::permission_denied, std::move(why)}; }

bool is_safe(std::string_view method) noexcept {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

/// What this response sets already, so that two forms of a page have one secret.
std::optional<std::string> secret_set_before(detail::Exchange& exchange, std::string_view name) {
    for (const HTTPField& field : exchange.response_headers()) {
        if (!detail::iequals(field.name, "Set-Cookie")) continue;
        std::string_view rest = field.value;
        CookieView cookie;
        if (detail::next_cookie(rest, cookie) && cookie.name == name)
            return detail::unmask_xsrf_secret(cookie.value);
    }
    return std::nullopt;
}

std::optional<std::string> secret_of(const HTTPServerRequest& request, std::string_view name) {
    const auto cookie = request.cookie(name);
    return cookie ? detail::unmask_xsrf_secret(*cookie) : std::nullopt;
}

}  // namespace

XSRF::XSRF(Cookie cookie) : cookie_(std::move(cookie)) {}

XSRFToken XSRF::token(const HTTPServerRequest& request, const HTTPServerResponse& response) const {
    detail::Exchange* exchange = ExchangeAccess::exchange(response);
    if (!exchange || !exchange->is_open())
        return {.error = {Errc::closed, "the response has ended"}, .value = {}};
    gyre::Random& random = exchange->reactor().random();
    std::optional<std::string> secret = secret_of(request, cookie_.name);
    if (!secret) secret = secret_set_before(*exchange, cookie_.name);
    if (!secret) {
        secret = detail::make_xsrf_secret(random);
        Cookie cookie = cookie_;
        cookie.value = detail::mask_xsrf_secret(*secret, random);
        cookie.secure = cookie.secure || request.is_secure();
        if (Error error = response.set_cookie(cookie); ErrorAccess::failed(error))
            return {.error = std::move(error), .value = {}};
    }
    return {.error = {}, .value = detail::mask_xsrf_secret(*secret, random)};
}

std::string XSRF::form_html(const HTTPServerRequest& request,
                            const HTTPServerResponse& response) const {
    const XSRFToken made = token(request, response);
    if (ErrorAccess::failed(made.error)) return {};
    return R"(<input type="hidden" name=")" + detail::html_escape(cookie_.name) + R"(" value=")" +
           made.value + R"(">)";
}

Error XSRF::check(const HTTPServerRequest& request, std::string_view submitted) const {
    if (is_safe(request.method())) return {};
    if (submitted.empty()) submitted = request.headers().get("X-XSRFToken", {});
    if (submitted.empty()) submitted = request.headers().get("X-CSRFToken", {});
    if (submitted.empty()) return denied("the request has no XSRF token");
    const std::optional<std::string> expected = secret_of(request, cookie_.name);
    if (!expected) return denied("the request has no good cookie " + cookie_.name);
    const std::optional<std::string> given = detail::unmask_xsrf_secret(submitted);
    if (!given || !detail::equal_secrets(*expected, *given))
        return denied("the XSRF token does not belong to the cookie " + cookie_.name);
    return {};
}

bool XSRF::admits(const HTTPServerRequest& request, std::string_view submitted) const {
    const Error error = check(request, submitted);
    return !error;
}

}  // namespace gyre::http
