#pragma once

#include <gyre/http/http_server.hpp>
#include <gyre/reactor.hpp>

// The paths of httpbin, a file for each group of them.
namespace httpbin {

using gyre::http::HTTPServer;
using gyre::http::HTTPServerRequest;
using gyre::http::HTTPServerResponse;

/// What a group adds its routes to. Each thread has one of its own.
struct Site {
    gyre::Reactor& reactor;
    HTTPServer& server;
};

void add_index_routes(const Site& site);       ///< / and the pages about the others
void add_method_routes(const Site& site);      ///< /get, /post, … and /anything
void add_inspection_routes(const Site& site);  ///< /headers, /ip, /user-agent, /response-headers
void add_status_routes(const Site& site);      ///< /status
void add_redirect_routes(const Site& site);    ///< /redirect and its kin
void add_cookie_routes(const Site& site);      ///< /cookies
void add_auth_routes(const Site& site);        ///< /basic-auth, /hidden-basic-auth, /bearer
void add_digest_routes(const Site& site);      ///< /digest-auth
void add_stream_routes(const Site& site);      ///< /stream, /drip, /delay
void add_bytes_routes(const Site& site);       ///< /bytes, /stream-bytes
void add_range_routes(const Site& site);       ///< /range
void add_compressed_routes(const Site& site);  ///< /gzip, /deflate, /brotli
void add_sample_routes(const Site& site);      ///< /html, /json, /xml, /encoding/utf8, …
void add_image_routes(const Site& site);       ///< /image/png
void add_link_routes(const Site& site);        ///< /links
void add_value_routes(const Site& site);       ///< /uuid, /base64
void add_cache_routes(const Site& site);       ///< /cache, /etag
void add_event_routes(const Site& site);       ///< /sse, /websocket/echo
void add_upload_routes(const Site& site);      ///< /upload

}  // namespace httpbin
