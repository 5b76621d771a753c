#include "proxy_settings.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/http_request.hpp>

#include <utility>

namespace gyre::http {

Error HTTPRequest::set_proxy(std::string_view proxy_url) {
    detail::ProxyResult parsed = detail::parse_proxy_url(proxy_url);
    if (gyre::detail::ErrorAccess::failed(parsed.error)) return std::move(parsed.error);
    proxy_type = parsed.proxy.type;
    proxy_host = std::move(parsed.proxy.host);
    proxy_port = parsed.proxy.port;
    proxy_username = std::move(parsed.proxy.username);
    proxy_password = std::move(parsed.proxy.password);
    return {};
}

}  // namespace gyre::http
