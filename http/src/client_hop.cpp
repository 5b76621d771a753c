#include "client_hop.hpp"

#include "client_credentials.hpp"
#include "content_coding.hpp"
#include "decimal.hpp"
#include "field_rules.hpp"
#include "http1_serializer.hpp"
#include "http_date.hpp"
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
    if (request.low_speed_time <= Duration::zero())
        return wrong("low_speed_time has to be more than zero");
    if (request.retries < 0) return wrong("retries must not be negative");
    if (request.retry_delay <= Duration::zero())
        return wrong("retry_delay has to be more than zero");
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
    if ((!request.body.empty() || request.body_producer) && !wants_body(request.method))
        return wrong("a body does not go with the method " + request.method +
                     " (allow_nonstandard_methods permits it)");
    return {};
}

Error check_body(const HTTPRequest& request) {
    if (request.body_producer && !request.body.empty())
        return wrong("body and body_producer cannot be used together");
    const auto length = request.headers.get("Content-Length");
    if (request.body_producer && length && !parse_decimal<std::uint64_t>(*length))
        return wrong("the Content-Length among the headers is not a number");
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

// Moves who is asking into the hop, where the rules for redirects find it. The user information of
// the URL goes before the request's own, as in Tornado.
Error set_credentials(ClientHop& hop, const HTTPRequest& request) {
    Url& url = hop.url;
    const bool in_url = std::exchange(url.has_userinfo, false);
    std::string user = in_url ? std::exchange(url.user, {}) : request.auth_username;
    std::string password = in_url ? std::exchange(url.password, {}) : request.auth_password;
    url.user.clear();
    url.password.clear();
    if (user.find(':') != std::string::npos && request.auth_mode == AuthMode::basic)
        return bad_url("a user name for Basic authentication must not hold a colon");
    if (hop.headers.contains("Authorization")) return {};
    if (request.auth_mode == AuthMode::bearer && !request.auth_password.empty()) {
        const std::string token = bearer_credentials(request.auth_password);
        if (token.empty()) return wrong("the bearer token has a byte that it may not have");
        hop.headers.set("Authorization", token);
        return {};
    }
    if (!in_url && user.empty() && password.empty()) return {};
    if (request.auth_mode == AuthMode::digest) {
        hop.user = std::move(user);
        hop.password = std::move(password);
    } else {
        hop.headers.set("Authorization", basic_credentials(user, password));
    }
    return {};
}

Error set_url(ClientHop& hop, const HTTPRequest& request) {
    UrlResult parsed = parse_url(request.url);
    if (!parsed.url) return bad_url(parsed.error);
    hop.url = std::move(*parsed.url);
    if (hop.url.scheme != "http" && hop.url.scheme != "https")
        return bad_url("its scheme is " + hop.url.scheme + ", not http or https");
    return set_credentials(hop, request);
}

}  // namespace

HopResult first_hop(const HTTPRequest& request) {
    for (const auto check : {check_numbers, check_method, check_body, check_files})
        if (Error error = check(request); ErrorAccess::failed(error)) return {std::move(error), {}};
    ClientHop hop;
    hop.method = request.method;
    hop.headers = request.headers;
    hop.has_body = !request.body.empty() || request.body_producer || wants_body(request.method);
    hop.expects_continue =
        request.expect_100_continue && (!request.body.empty() || request.body_producer);
    if (request.if_modified_since && !hop.headers.contains("If-Modified-Since"))
        hop.headers.set("If-Modified-Since", format_http_date(*request.if_modified_since));
    Error error = set_url(hop, request);
    return {std::move(error), std::move(hop)};
}

std::string without_userinfo(std::string url) {
    if (url.find('@') == std::string::npos) return url;
    const std::size_t slashes = url.find("//");
    const std::size_t begin = slashes == std::string::npos ? 0 : slashes + 2;
    // In a bad one a password may be anywhere, as behind a slash that was not escaped.
    const std::size_t end =
        parse_url(url) ? std::min(url.find_first_of("/?#", begin), url.size()) : url.size();
    const std::size_t at = std::string_view{url}.substr(0, end).rfind('@');
    if (at != std::string::npos && at >= begin) url.erase(begin, at + 1 - begin);
    return url;
}

std::optional<std::uint64_t> body_length(const ClientHop& hop, const HTTPRequest& request) {
    if (!request.body_producer) return request.body.size();
    const auto length = hop.headers.get("Content-Length");
    return length ? parse_decimal<std::uint64_t>(*length) : std::nullopt;
}

std::string_view user_agent_of(const ClientHop& hop, const HTTPRequest& request) {
    std::string_view otherwise = "gyre/" GYRE_VERSION_STRING;
    if (!request.user_agent.empty()) otherwise = request.user_agent;
    return hop.headers.get("User-Agent", otherwise);
}

namespace {

Framing framing_of(const ClientHop& hop, const HTTPRequest& request) {
    // Without a body "Content-Length: 0" is true, whoever wants to say it.
    if (!hop.has_body)
        return hop.headers.get("Content-Length") == "0" ? Framing::of_length(0) : Framing::none();
    const auto length = body_length(hop, request);
    return length ? Framing::of_length(*length) : Framing::chunked();
}

// A Range is of the bytes as the server has them, so a coding would change what it means.
bool wants_coded_body(const ClientHop& hop, const HTTPRequest& request) {
    return request.decompress_response && !hop.headers.contains("Accept-Encoding") &&
           !hop.headers.contains("Range");
}

std::vector<HTTPField> fields_of(const ClientHop& hop, const HTTPRequest& request,
                                 const HopFields& more) {
    std::vector<HTTPField> fields;
    fields.reserve(hop.headers.size() + 6);
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) fields.push_back({name, value});
    };
    if (!hop.headers.contains("User-Agent")) add("User-Agent", user_agent_of(hop, request));
    if (wants_coded_body(hop, request)) add("Accept-Encoding", decoded_codings);
    add("Authorization", more.authorization);
    add("Proxy-Authorization", more.proxy_authorization);
    if (hop.expects_continue) add("Expect", "100-continue");
    for (const HTTPField& field : hop.headers) {
        const bool is_replaced = (!more.cookies.empty() && iequals(field.name, "Cookie")) ||
                                 (request.expect_100_continue && iequals(field.name, "Expect")) ||
                                 ((more.tunneled || !more.proxy_authorization.empty()) &&
                                  iequals(field.name, "Proxy-Authorization"));
        if (!is_replaced) fields.push_back(field);
    }
    add("Cookie", more.cookies);
    return fields;
}

}  // namespace

Error append_hop_head(std::string& out, const ClientHop& hop, const HTTPRequest& request,
                      const HopFields& more) {
    const std::vector<HTTPField> fields = fields_of(hop, request, more);
    const std::string host = hop.url.host_header();
    const std::string whole = more.asks_proxy ? hop.url.origin() + hop.url.target : std::string{};
    const SerializeError error =
        append_request_head(out, {.method = hop.method,
                                  .target = more.asks_proxy ? whole : hop.url.target,
                                  .host = host,
                                  .fields = fields,
                                  .framing = framing_of(hop, request)});
    if (error == SerializeError::none) return {};
    return wrong("the request cannot be sent: " + std::string{to_string(error)});
}

bool is_idempotent(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 6> idempotent{"GET",    "HEAD",    "PUT",
                                                         "DELETE", "OPTIONS", "TRACE"};
    return std::ranges::find(idempotent, method) != idempotent.end();
}

}  // namespace gyre::http::detail
