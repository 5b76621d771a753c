#pragma once

#include <gyre/export.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gyre::http {

/// A handler that sends every request on to the same address over https: for a second server, on
/// port 80.
///
///     plain.route("*", "/{rest...}", gyre::http::RedirectToHTTPS{.hosts = {"example.com"}});
///
/// The redirect goes to the request's own host and target. Who gets a browser to ask for another
/// host than there is here would choose where it leads, so name the hosts if they are known: a
/// request for another one is answered 421; one without a usable host 400.
struct GYRE_API RedirectToHTTPS {
    std::uint16_t port = 443;
    /// 308 keeps the method and the body (RFC 9110 section 15.4.9); 301 for clients that do not
    /// know it. Any other status counts as 308.
    int status = 308;
    /// Names or addresses without a port; case does not matter. Empty: any.
    std::vector<std::string> hosts{};

    void operator()(const HTTPServerRequest& request, const HTTPServerResponse& response) const;
};

}  // namespace gyre::http
