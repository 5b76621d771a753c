#include "client_hop.hpp"

#include "client_credentials.hpp"
#include "field_rules.hpp"
#include "http1_serializer.hpp"
#include <gyre/error_access.hpp>
#include <gyre/version.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

constexpr std::array<std::string_view, 7> standard_methods{"GET",   "HEAD", "POST",   "DELETE",
                                                           "PATCH", "PUT",  "OPTIONS"};

bool wants_body(std::string_view method) noexcept {
    return method == "POST" || method == "PATCH" || method == "PUT";
}

Error wrong(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Error check_numbers(const HTTPRequest& request) {
    if (request.connect_timeout <= Duration::zero())
        return wrong("connect_timeout has to be more than zero");
    if (request.request_timeout <= Duration::zero())
        return wrong("request_timeout has to be more than zero");
    if (request.max_redirects < 0) return wrong("max_redirects must not be negative");
    if (request.max_body_size == 0) return wrong("max_body_size has to be more than zero");
    if (request.max_header_size == 0 || request.max_header_line == 0 ||
        request.max_header_count == 0)
        return wrong(
            "max_header_size, max_header_line and max_header_count have to be more than zero");
    return {};
}

Error check_method(const HTTPRequest& request) {
    if (!is_method(request.method)) return wrong("the method is not a token");
    // What follows a good reply to CONNECT is a tunnel, no message.
    if (request.method == "CONNECT") return wrong("the method CONNECT cannot be fetched");
    if (request.allow_nonstandard_methods) return {};
    if (std::ranges::find(standard_methods, request.method) == standard_methods.end())
        return wrong("the method " + request.method +
                     " is not a standard one (allow_nonstandard_methods permits it)");
    if (!request.body.empty() && !wants_body(request.method))
        return wrong("a body does not go with the method " + request.method +
                     " (allow_nonstandard_methods permits it)");
    return {};
}

Error check_files(const HTTPRequest& request) {
    if (!request.client_key.empty() && request.client_cert.empty())
        return wrong("client_key is of no use without client_cert");
    return {};
}

Error bad_url(std::string_view reason) {
    return {Errc::bad_url, "the URL cannot be fetched: " + std::string{reason}};
}

// Moves the user information into a field of the hop, where the rules for redirects find it.
Error take_userinfo(ClientHop& hop) {
    Url& url = hop.url;
    if (!url.has_userinfo) return {};
    if (url.user.find(':') != std::string::npos)
        return bad_url("a user name for Basic authentication must not hold a colon");
    if (!hop.headers.contains("Authorization"))
        hop.headers.set("Authorization", basic_credentials(url.user, url.password));
    url.has_userinfo = false;
    url.user.clear();
    url.password.clear();
    return {};
}

Error set_url(ClientHop& hop, const std::string& text) {
    UrlResult parsed = parse_url(text);
    if (!parsed.url) return bad_url(parsed.error);
    hop.url = std::move(*parsed.url);
    if (hop.url.scheme != "http" && hop.url.scheme != "https")
        return bad_url("its scheme is " + hop.url.scheme + ", not http or https");
    return take_userinfo(hop);
}

}  // namespace

HopResult first_hop(const HTTPRequest& request) {
    for (const auto check : {check_numbers, check_method, check_files})
        if (Error error = check(request); ErrorAccess::failed(error)) return {std::move(error), {}};
    ClientHop hop;
    hop.method = request.method;
    hop.headers = request.headers;
    hop.has_body = !request.body.empty() || wants_body(request.method);
    Error error = set_url(hop, request.url);
    return {std::move(error), std::move(hop)};
}

std::string without_userinfo(std::string url) {
    const std::size_t slashes = url.find("//");
    if (slashes == std::string::npos) return url;
    const std::size_t begin = slashes + 2;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::size_t at = std::string_view{url}.substr(0, end).rfind('@');
    if (at != std::string::npos && at >= begin) url.erase(begin, at + 1 - begin);
    return url;
}

Error append_hop_head(std::string& out, const ClientHop& hop, const HTTPRequest& request) {
    std::vector<HTTPField> fields;
    fields.reserve(hop.headers.size() + 1);
    std::string_view user_agent = "gyre/" GYRE_VERSION_STRING;
    if (!request.user_agent.empty()) user_agent = request.user_agent;
    if (!hop.headers.contains("User-Agent")) fields.push_back({"User-Agent", user_agent});
    fields.insert(fields.end(), hop.headers.begin(), hop.headers.end());
    const std::string host = hop.url.host_header();
    const SerializeError error = append_request_head(
        out, {.method = hop.method,
              .target = hop.url.target,
              .host = host,
              .fields = fields,
              .framing = hop.has_body ? Framing::of_length(request.body.size()) : Framing::none()});
    if (error == SerializeError::none) return {};
    return wrong("the request cannot be sent: " + std::string{to_string(error)});
}

bool is_idempotent(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 6> idempotent{"GET",    "HEAD",    "PUT",
                                                         "DELETE", "OPTIONS", "TRACE"};
    return std::ranges::find(idempotent, method) != idempotent.end();
}

}  // namespace gyre::http::detail
