#pragma once

#include <gyre/clock.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http {

/// What to fetch, and how (Tornado's `HTTPRequest`). An aggregate: `{.url = "http://…", .method =
/// "PUT", .body = …}`. Copyable, and one request may be fetched many times: the callbacks in it are
/// called for each fetch.
///
/// A limit or time-out of zero or less is refused; `gyre::unlimited` means none. What is wrong with
/// a request is told by the error of the fetch, and nothing of it is sent.
struct HTTPRequest {
    /// An absolute http or https URL. User information in it ("http://user:password@host/") is sent
    /// as Basic authentication, unless `headers` has an Authorization of its own.
    std::string url{};
    /// GET, HEAD, POST, DELETE, PATCH, PUT or OPTIONS; case matters.
    std::string method = "GET";
    /// Sent as they are, after a check: control bytes in a name or value, and a Content-Length or
    /// Transfer-Encoding that contradicts the body, are an `invalid_argument`.
    HTTPHeaders headers{};
    /// Goes with POST, PATCH and PUT (which may have an empty one), as in Tornado.
    std::string body{};

    /// For look-up, connecting and the TLS handshake together, each time a connection is made.
    Duration connect_timeout = std::chrono::seconds{20};
    /// For everything: waiting in the client's queue, redirects and the body included.
    Duration request_timeout = std::chrono::seconds{20};

    /// 301, 302, 303, 307 and 308 with a Location are followed: 303, and 301 and 302 of a POST, go
    /// on as GET without the body and its Content-* headers. A redirect to another origin (scheme,
    /// host and port) loses Authorization, Cookie, Proxy-*, Host and the client certificate, for
    /// good; one from https to http is refused.
    bool follow_redirects = true;
    /// One more is `too_many_redirects`; 0 refuses the first.
    int max_redirects = 5;

    /// Empty: "gyre/VERSION". A User-Agent in `headers` goes before it.
    std::string user_agent{};

    /// False: any certificate will do, and anyone in between may read and change everything.
    bool validate_cert = true;
    /// PEM files, in place of those of the client's TLS options: whom to trust, and the certificate
    /// and key to show to the server.
    std::string ca_certs{};
    std::string client_cert{};
    std::string client_key{};

    /// Over these the fetch fails with `limit_exceeded`. Sizes are in bytes; the header limits
    /// count the status line as well.
    std::uint64_t max_body_size = std::uint64_t{16} * 1024 * 1024;
    std::size_t max_header_size = std::size_t{16} * 1024;
    std::size_t max_header_line = std::size_t{8} * 1024;
    std::size_t max_header_count = 100;

    /// Gets the body piece by piece; `HTTPResponse::body` then stays empty. A piece is valid during
    /// the call. Bodies of redirects that are followed are not shown. If it throws, the fetch fails
    /// with `unhandled_exception`.
    Handler<void(std::string_view)> streaming_callback{};
    /// Gets the head of the final response line by line, without the line ends: the status line,
    /// each field as "Name: value", then an empty line. Otherwise as above.
    Handler<void(std::string_view line)> header_callback{};

    /// Connect to this Unix socket, whatever the host of the URL and of redirects; the URL still
    /// makes the Host field.
    std::string unix_socket{};
    /// Any method that is a token (but CONNECT), and a body with any method.
    bool allow_nonstandard_methods = false;
};

}  // namespace gyre::http
