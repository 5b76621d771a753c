#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/cookie.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <string>
#include <string_view>

namespace gyre::http {

struct XSRFToken {
    Error error;        ///< `closed` when the head is out or the response has ended; of the cookie.
    std::string value;  ///< Letters, digits, '-' and '_'.
};

/// Protection against forged requests from other sites (XSRF or CSRF) by a cookie and a token in
/// the request that must belong together, as Tornado's `xsrf_cookies`: another site can make the
/// browser send the cookie, but cannot read it to make the token.
///
/// What goes out is masked anew each time, so that the size of compressed pages tells nothing of it
/// (BREACH). Who controls a neighbouring subdomain can plant a cookie; a name with "__Host-" in
/// front (over https) keeps them out. Use on the reactor's thread.
class GYRE_API XSRF {
public:
    /// `cookie` says what the cookie is like; its value is not used. `secure` is added over https.
    /// Scripts must be able to read it to send X-XSRFToken, so it is not `http_only`.
    explicit XSRF(Cookie cookie = {.name = "_xsrf", .value = {}, .same_site = SameSite::lax});

    /// A token for a form or a script of this page; sets the cookie unless the request has a good
    /// one or this response sets it already. To be called before the head is out.
    XSRFToken token(const HTTPServerRequest& request, const HTTPServerResponse& response) const;
    /// `<input type="hidden" name="_xsrf" value="…">`; empty on an error, which is reported.
    std::string form_html(const HTTPServerRequest& request,
                          const HTTPServerResponse& response) const;

    /// No error if the request may change something: its method is safe (GET, HEAD, OPTIONS), or
    /// `submitted` (the form's `_xsrf`), or without it the field X-XSRFToken or X-CSRFToken,
    /// belongs to its cookie; the cookie's own value does, too. Else `permission_denied`, to be
    /// answered with 403. Takes the same time wherever a wrong token differs.
    Error check(const HTTPServerRequest& request, std::string_view submitted = {}) const;
    /// `check` as a question.
    bool admits(const HTTPServerRequest& request, std::string_view submitted = {}) const;

private:
    Cookie cookie_;
};

}  // namespace gyre::http
