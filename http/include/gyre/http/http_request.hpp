#pragma once

#include <gyre/address_filter.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/auth_mode.hpp>
#include <gyre/http/cookie_jar.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/http/host_mapping.hpp>
#include <gyre/http/http_request_body.hpp>
#include <gyre/http/proxy_type.hpp>
#include <gyre/limits.hpp>
#include <gyre/tls.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

struct HTTPResponse;

/// What to fetch, and how (Tornado's `HTTPRequest`). An aggregate: `{.url = "http://…", .method =
/// "PUT", .body = …}`. Copyable, and one request may be fetched many times: the callbacks in it are
/// called for each fetch.
///
/// A limit or time-out of zero or less is refused; `gyre::unlimited` means none. Time-outs pass up
/// to a tenth of a second late, never early. What is wrong with a request is told by the error of
/// the fetch, and nothing of it is sent.
struct GYRE_API HTTPRequest {
    /// An absolute http or https URL. User information in it ("http://user:password@host/") is used
    /// as `auth_mode` says, in place of `auth_username` and `auth_password`, unless `headers` has
    /// an Authorization of its own.
    std::string url{};
    /// GET, HEAD, POST, DELETE, PATCH, PUT or OPTIONS; case matters.
    std::string method = "GET";
    /// Sent as they are, after a check: control bytes in a name or value, and a Content-Length or
    /// Transfer-Encoding that contradicts the body, are an `invalid_argument`. Only a
    /// Proxy-Authorization is left out where a proxy passes the request on unseen.
    HTTPHeaders headers{};
    /// Goes with POST, PATCH and PUT (which may have an empty one), as in Tornado.
    std::string body{};
    /// In place of `body`: called when the request's head has gone out, or after a `100 Continue`,
    /// to feed the body while it is sent. Called again when a redirect or a retry sends it again.
    Handler<void(HTTPRequestBody)> body_producer{};
    /// Asks the server before the body is sent (RFC 9110 section 10.1.1): it goes when the server
    /// says `100 Continue`, or nothing for a second. Refused with a 417, the request is sent once
    /// more without asking.
    bool expect_100_continue = false;
    /// Sent as If-Modified-Since, unless `headers` has one. If it has not been modified, the
    /// response's status, and the code of its error, is 304.
    std::optional<std::chrono::sys_seconds> if_modified_since{};

    /// Who is asking, unless `headers` has an Authorization. With `bearer` the token is the
    /// password, and there is no name.
    std::string auth_username{};
    std::string auth_password{};
    AuthMode auth_mode = AuthMode::basic;

    /// For look-up, connecting and the TLS handshake together, each time a connection is made.
    Duration connect_timeout = std::chrono::seconds{20};
    /// For everything: waiting in the client's queue, redirects and the body included.
    Duration request_timeout = std::chrono::seconds{20};
    /// Fails with `timed_out` when fewer bytes a second than this went to and fro for
    /// `low_speed_time`, from sending on (curl's options of these names). 0: however slow.
    std::uint64_t low_speed_limit = 0;
    Duration low_speed_time = std::chrono::seconds{30};
    /// How often the request is sent again after a transport failure that makes it safe: nothing of
    /// it was sent, or it is idempotent (GET, HEAD, PUT, DELETE, OPTIONS, TRACE) and no byte of an
    /// answer came. The pause before it doubles each time. A connection of the pool that turns out
    /// to be dead is not counted: that is tried again anyway, once.
    int retries = 0;
    Duration retry_delay = std::chrono::milliseconds{100};
    /// Among those that wait for one of the client's `max_clients`: higher goes first.
    int priority = 0;

    /// 301, 302, 303, 307 and 308 with a Location are followed: 303, and 301 and 302 of a POST, go
    /// on as GET without the body and its Content-* headers. A redirect to another origin (scheme,
    /// host and port) loses Authorization, Cookie, Proxy-*, Host and the client certificate, for
    /// good; one from https to http is refused.
    bool follow_redirects = true;
    /// One more is `too_many_redirects`; 0 refuses the first.
    int max_redirects = 5;

    /// Empty: "gyre/VERSION". A User-Agent in `headers` goes before it.
    std::string user_agent{};
    /// Asks for gzip, deflate or brotli (unless `headers` has an Accept-Encoding or a Range) and
    /// decodes them. What was decoded is named by X-Consumed-Content-Encoding in place of
    /// Content-Encoding, as in Tornado. More than one coding, or one that decodes to over 100 times
    /// its size, is an error; an unknown one is left alone.
    bool decompress_response = true;
    /// Its cookies go with the request, and those of the response into it, also at redirects. A
    /// Cookie in `headers` is sent beside them.
    std::optional<CookieJar> cookie_jar{};

    /// False: any certificate will do, and anyone in between may read and change everything.
    bool validate_cert = true;
    /// PEM files, in place of those of the client's TLS options: whom to trust, and the certificate
    /// and key to show to the server.
    std::string ca_certs{};
    std::string client_cert{};
    std::string client_key{};
    /// In place of the client's TLS options.
    std::optional<TLSOptions> tls_options{};

    /// The proxy to go through; none without a host. Credentials for it are sent to it alone. Only
    /// `basic` and `digest` are for proxies, and SOCKS 5 has a way of its own.
    ProxyType proxy_type = ProxyType::http;
    std::string proxy_host{};
    std::uint16_t proxy_port = 0;
    std::string proxy_username{};
    std::string proxy_password{};
    AuthMode proxy_auth_mode = AuthMode::basic;
    /// Without a `proxy_host`: take it from the environment's http_proxy, https_proxy, all_proxy
    /// and no_proxy, as curl does; they are not looked at otherwise.
    bool proxy_from_environment = false;
    /// Sets the fields above, but for `proxy_auth_mode`, from what people write and curl's
    /// `--proxy` takes: "[http://|socks5://|socks5h://][user[:password]@]host[:port]", the
    /// credentials percent-encoded, IPv6 in brackets; HTTP and port 1080 unless it says otherwise.
    /// Anything else is an `invalid_argument`, which shows no password, and changes nothing.
    Error set_proxy(std::string_view proxy_url);

    /// Connect from here: an IP address of this host, or the name of a network interface.
    std::string network_interface{};
    /// False: IPv4 only.
    bool allow_ipv6 = true;
    /// The first one that is for a URL's host and port counts, also at redirects; not for what an
    /// HTTP proxy is asked itself.
    std::vector<HostMapping> hostname_mapping{};
    /// Asked about every address that is connected to, of every redirect, beside the client's own
    /// filter; and again when a connection of the pool is used. What it refuses is
    /// `permission_denied`. Behind a proxy it sees the proxy's address.
    AddressFilter address_filter{};

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
    /// Gets the final response when its head is complete, before its body: status, headers and all
    /// but `body`, `error` and the total times. Valid during the call. Otherwise as above.
    Handler<void(const HTTPResponse&)> head_callback{};
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
