// Where a redirect leads a client, and what it sends there: whatever a server writes into Location,
// it chooses no scheme, no credentials and no bytes of the request but the target and the host.

#include "client_redirect.hpp"
#include "url.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace detail = gyre::http::detail;
using gyre::http::HTTPRequest;

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "fuzz target: %s\n", what);
    std::abort();
}

// A head is lines of visible ASCII and blanks; the first has three words.
void check_head(std::string_view head, const detail::ClientHop& hop) {
    require(head.ends_with("\r\n\r\n"), "the head has no end");
    require(std::ranges::count(head.substr(0, head.find('\r')), ' ') == 2, "the request line");
    for (std::size_t at = 0; at < head.size(); ++at) {
        if (head[at] == '\r')
            require(head[++at] == '\n', "a CR of its own");
        else
            require(head[at] >= ' ' && head[at] <= '~', "a control byte");
    }
    require(head.find("\r\n\r\n") == head.size() - 4, "the head was split");
    require(head.find("\r\nHost: " + hop.url.host_header() + "\r\n") != std::string_view::npos,
            "the host is another one");
}

void check_url(const detail::Url& from, const detail::Url& to) {
    require(!to.has_userinfo && to.user.empty() && to.password.empty(), "user information");
    require(to.scheme == "https" || (to.scheme == "http" && from.scheme == "http"), "the scheme");
    require(to.target.starts_with('/'), "the target");
    const detail::UrlResult again = detail::parse_url(to.to_string());
    require(again.url.has_value(), "what it says is no URL");
    if (!again.url) return;
    require(detail::same_origin(*again.url, to) && again.url->target == to.target,
            "what it says is another URL");
}

void check_redirect(const detail::ClientHop& from, const HTTPRequest& request, int status,
                    std::string_view location) {
    detail::HopResult next = detail::next_hop(from, status, {location});
    if (gyre::detail::ErrorAccess::failed(next.error)) {
        require(next.error.kind() == gyre::Errc::bad_url, "the kind of error");
        return;
    }
    check_url(from.url, next.hop.url);
    const bool home = detail::same_origin(from.url, next.hop.url) && !from.left_origin;
    for (const char* name : {"Authorization", "Cookie"})
        require(next.hop.headers.contains(name) == home, "credentials");
    require(next.hop.left_origin == !home, "the origin");
    std::string head;
    const gyre::Error error = detail::append_hop_head(head, next.hop, request, {});
    require(!error, "a request that cannot be sent");
    check_head(head, next.hop);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view location(reinterpret_cast<const char*>(data), size);
    for (const char* url :
         {"http://user:pw@own.example/a/b?c#d", "https://user@own.example:8443/"}) {
        const HTTPRequest request{.url = url, .headers = {{"Cookie", "a=b"}}};
        detail::HopResult first = detail::first_hop(request);
        require(!first.error, "the first request");
        for (const int status : {302, 307})
            check_redirect(first.hop, request, status, location);
        detail::HopResult away = detail::next_hop(first.hop, 307, {"//other.example/"});
        require(!away.error, "to another origin");
        check_redirect(away.hop, request, 303, location);
    }
    return 0;
}
