#include "field_rules.hpp"
#include "http1_target.hpp"
#include "redirect_target.hpp"
#include <gyre/http/redirect_to_https.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace gyre::http {
namespace {

// "[::1]:80" is "[::1]".
std::string_view without_port(std::string_view host) noexcept {
    const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
    return host.substr(0, host.find(':', bracket));
}

// What follows the host: nothing for "*", and of an absolute-form target its path.
std::string rest_of(std::string_view target) {
    if (target == "*") return {};
    if (target.starts_with('/')) return std::string{target};
    const std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return {};
    const std::size_t begin = target.find_first_of("/?", scheme + 3);
    if (begin == std::string_view::npos) return "/";
    const std::string rest{target.substr(begin)};
    return rest.front() == '/' ? rest : '/' + rest;
}

}  // namespace

void RedirectToHTTPS::operator()(const HTTPServerRequest& request,
                                 const HTTPServerResponse& response) const {
    const std::string_view given = request.host();
    if (!detail::is_host_and_port(given)) return response.send_error(400);
    const std::string_view host = without_port(given);
    const bool known = hosts.empty() || std::any_of(hosts.begin(), hosts.end(), [&](const auto& h) {
                           return detail::iequals(h, host);
                       });
    if (!known) return response.send_error(421);
    std::string url = "https://" + std::string{host};
    if (port != 443) url += ':' + std::to_string(port);
    url += rest_of(request.target());
    // It is the client's: what no URL can be made of is its fault.
    if (!detail::redirect_to_offsite(url).error.empty()) return response.send_error(400);
    response.redirect_offsite(url, status == 301 ? 301 : 308);
}

}  // namespace gyre::http
