#pragma once

#include <gyre/clock.hpp>
#include <gyre/http/compression_options.hpp>
#include <gyre/limits.hpp>
#include <gyre/socket_options.hpp>
#include <gyre/tls.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gyre::http {

/// Which fields tell what a request was before it came to a proxy; never both.
enum class ForwardedFields : std::uint8_t {
    x_forwarded,  ///< X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host: the custom.
    forwarded,    ///< Forwarded (RFC 7239).
};

/// The PROXY protocol (haproxy, proxy-protocol.txt): a header before the first byte of a
/// connection, also before TLS, by which a proxy says whose connection it passes on.
enum class ProxyProtocol : std::uint8_t {
    off,
    /// Of version 1 or 2. A connection without it, or for which it does not come within
    /// `head_timeout`, is closed. If `trusted_proxies` are given only they send it, and others
    /// speak for themselves; else everybody does: then let nobody but the proxy reach the port.
    required,
};

/// Limits and time-outs of a server; safe as they are. Sizes are in bytes. Zero or less is refused
/// by `listen`; "no limit" is spelled `gyre::unlimited`.
struct HTTPServerOptions {
    /// Serve HTTPS: certificate and key. Without `alpn` it is "http/1.1": a client that offers
    /// others only is refused. With `select_context`, whose contexts may ask differently for
    /// clients' certificates, a request for another host than its connection's (SNI) gets a 421.
    std::optional<TLSOptions> tls{};
    int backlog = 4096;
    bool reuse_port = false;
    SocketOptions socket{.unsent_limit = 128 * 1024};  ///< For each connection.

    std::size_t max_head_size = 16 * 1024;              ///< Over it: 431.
    std::size_t max_field_line_size = 8 * 1024;         ///< Over it: 431.
    std::size_t max_fields = 100;                       ///< Over it: 431.
    std::size_t max_target_size = 8 * 1024;             ///< Over it: 414.
    std::size_t max_cookies = 100;                      ///< Of a request. Over it: 400.
    std::uint64_t max_body_size = 1024 * 1024;          ///< Over it: 413.
    std::size_t max_chunk_extension_size = 256;         ///< Of one chunk. Over it: 400.
    std::size_t max_chunk_extensions_size = 16 * 1024;  ///< Of a whole body. Over it: 400.
    std::size_t max_trailers_size = 8 * 1024;           ///< Over it: 400.
    /// Read and thrown away of a body whose response is complete. Over it: closed. 0: at once.
    std::size_t max_discarded_body = 64 * 1024;
    std::size_t max_pipelined = 16;   ///< In flight on a connection; then reading waits.
    std::size_t max_connections = 0;  ///< 0: 80 % of the descriptors. Over it: closed.

    /// Bytes waiting for a client from which on it counts as slow: its requests wait …
    std::size_t write_high_water = 64 * 1024;
    /// … and down to which they must go for `on_drain`; at most the other one. May be 0.
    std::size_t write_low_water = 16 * 1024;
    /// What writes may add to a full queue, for each connection. Over it: the write fails.
    std::size_t max_pending_writes = 1024 * 1024;

    Duration handshake_timeout = std::chrono::seconds{10};
    Duration head_timeout = std::chrono::seconds{15};       ///< From the head's first byte: 408.
    Duration body_idle_timeout = std::chrono::seconds{30};  ///< Without a byte of the body: 408.
    Duration body_timeout = std::chrono::seconds{300};      ///< For the whole body: 408.
    std::size_t min_body_rate = 500;                        ///< Bytes a second, else 408. 0: none.
    Duration body_rate_grace = std::chrono::seconds{10};    ///< Before the rate counts.
    Duration keep_alive_timeout = std::chrono::seconds{60};
    Duration write_timeout = std::chrono::seconds{30};      ///< Without progress: aborted.
    Duration response_timeout = std::chrono::seconds{300};  ///< Without a write: failed.
    Duration drain_timeout = std::chrono::seconds{10};      ///< For `stop`.
    /// For `stop`: how long an idle connection may still bring a request, which is answered with
    /// Connection: close. A request that is on its way when its connection closes is lost to a
    /// client that does not try again; a time as long as the usual pause between requests makes
    /// that rare. Zero: idle connections are closed at once.
    Duration drain_grace{};

    std::string server_name = "gyre";  ///< The Server field; empty: none.

    /// Compress responses as the client's Accept-Encoding asks: brotli, gzip or deflate. Each flush
    /// reaches the client at once, also inside a compressed body. Left as they are: what has a
    /// Content-Encoding or a digest already, parts (206, Content-Range), `Cache-Control:
    /// no-transform`, what `compression` excludes, and `response.set_compression(false)`. A strong
    /// ETag becomes a weak one, and `Vary: Accept-Encoding` is added (RFC 9110 sections 8.8.1,
    /// 12.5.5).
    bool compress_response = false;
    CompressionOptions compression{};
    /// Decode request bodies in gzip, deflate or brotli before a handler sees them: one layer, at
    /// most 100 times their size beyond 64 KB. `max_body_size` counts the decoded bytes then. Over
    /// a limit: 413; malformed: 400; another coding: 415. The request's fields stay as they came.
    /// Without it such a body reaches the handler as it is.
    bool decompress_request = false;
    /// Whose word is taken for whom they speak for: IP addresses ("127.0.0.1"), networks
    /// ("10.0.0.0/8", "fd00::/8"; no bits behind the prefix), "unix" for every Unix socket. What is
    /// malformed is told by `listen`. Of a request that comes from one of them `remote_address`,
    /// `scheme` and `host` are what `forwarded_fields` say: read from the last proxy to the first,
    /// the client is the first address that is not trusted. If what was read of an address is
    /// malformed, all of them are ignored; a malformed scheme or host is ignored by itself. If a
    /// Forwarded field cannot even be told apart, the client is unknown and `remote_address` empty.
    /// The proxy must set or remove these fields itself.
    std::vector<std::string> trusted_proxies{};
    ForwardedFields forwarded_fields = ForwardedFields::x_forwarded;
    ProxyProtocol proxy_protocol = ProxyProtocol::off;
    /// Takes over the client's X-Request-Id: for servers behind a proxy that sets it.
    bool trust_request_id = false;
    bool send_request_id = false;  ///< Each response has an X-Request-Id (`request.id()`).
    /// A 200 to GET or HEAD whose body is there when it is finished, without a flush before, gets a
    /// strong ETag made of the body, unless it has one; if the client has it already, the answer is
    /// 304 (as in Tornado). It costs the time to hash what is sent: 1 to 3 ms for 1 MB.
    bool auto_etag = false;
};

}  // namespace gyre::http
