#pragma once

#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace gyre::http {

/// What a middleware calls to let its request go on: to the next middleware, in the end to the
/// route's handler.
///
/// A reference: cheap to copy, to be kept for as long as it takes. It does nothing when it is
/// called a second time, when the response has been answered meanwhile, when default-constructed,
/// and when its server is gone. Use on the reactor's thread; copying and destroying is allowed on
/// any.
class GYRE_API Next {
public:
    Next() noexcept = default;

    /// What comes next runs after the middleware has returned, on a later turn if it has already.
    void operator()() const;

private:
    friend class detail::Exchange;
    Next(HTTPServerResponse response, std::size_t step) noexcept
        : response_(std::move(response)), step_(step) {}

    HTTPServerResponse response_;
    std::size_t step_ = 0;
};

/// Runs before a handler, as soon as the head of the request is there: it answers the request
/// itself, or calls `next`, at once or much later. Meanwhile the body is not read. One that lets go
/// of both without doing either has let go of its response (a 500); one that throws answers 500.
using Middleware = Handler<void(HTTPServerRequest, HTTPServerResponse, Next)>;

/// The head of a response that is about to be sent, with what its handler has set.
struct OutgoingHead {
    int status = 200;
    /// May be changed; a name or value with a control byte makes the response a 500.
    HTTPHeaders& headers;
};

/// Has the last word on the head of every response, error pages included. It runs within the call
/// that sends the head, so it does nothing but look at its arguments and change the fields.
using AfterMiddleware = Handler<void(const HTTPServerRequest&, OutgoingHead&)>;

/// An error page that is about to be sent: filled in already with the page that would be sent
/// without a handler for error pages.
struct ErrorPage {
    int status = 500;
    /// What the handler gave to `send_error`; meant for the client. Empty if nothing.
    std::string message;
    HTTPHeaders& headers;  ///< Content-Type is in it.
    std::string body;      ///< What comes from elsewhere has to be escaped.
};

/// Makes the error pages of an application (Tornado's `write_error`). It runs within the call that
/// sends the page, so it does nothing but look at its arguments and change the page. One that
/// throws: the page is sent as it was.
using ErrorPageHandler = Handler<void(const HTTPServerRequest&, ErrorPage&)>;

}  // namespace gyre::http
