#pragma once

#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace gyre::http {

namespace detail {
struct Route;
}

/// Answers a request: at once, or later, with the response that it keeps.
using RequestHandler = Handler<void(HTTPServerRequest, HTTPServerResponse)>;

/// A route that was just added, to say more about it; valid as long as its application.
class GYRE_API AddedRoute {
public:
    explicit AddedRoute(detail::Route* route) noexcept : route_(route) {}

    /// Names the route for `reverse_url`. A name may be given once in an application; a second one
    /// is told by `listen`.
    const AddedRoute& name(std::string_view name) const;
    /// The most bytes the body of a request may have, in place of the server's option; over it:
    /// 413. Zero is told by `listen`.
    const AddedRoute& max_body_size(std::uint64_t bytes) const;

private:
    detail::Route* route_;  // null if the route was refused
};

namespace detail {

/// The ways to add a route that `HTTPServer` and `Application` share; Self offers the two that all
/// others come down to.
template <class Self>
class RouteMethods {
public:
    AddedRoute get(std::string_view pattern, RequestHandler handler) {
        return self().route("GET", pattern, std::move(handler));
    }
    AddedRoute post(std::string_view pattern, RequestHandler handler) {
        return self().route("POST", pattern, std::move(handler));
    }
    AddedRoute put(std::string_view pattern, RequestHandler handler) {
        return self().route("PUT", pattern, std::move(handler));
    }
    AddedRoute patch(std::string_view pattern, RequestHandler handler) {
        return self().route("PATCH", pattern, std::move(handler));
    }
    AddedRoute del(std::string_view pattern, RequestHandler handler) {
        return self().route("DELETE", pattern, std::move(handler));
    }

private:
    friend Self;
    RouteMethods() = default;

    Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace detail
}  // namespace gyre::http
