#include "server_limit.hpp"

namespace gyre::http::detail {
namespace {

constexpr ServerLimitEntry entries[] = {
    {"head_size", &HTTPServerLimitCounts::head_size},
    {"field_line", &HTTPServerLimitCounts::field_line},
    {"fields", &HTTPServerLimitCounts::fields},
    {"target", &HTTPServerLimitCounts::target},
    {"body_size", &HTTPServerLimitCounts::body_size},
    {"chunk_extensions", &HTTPServerLimitCounts::chunk_extensions},
    {"trailers", &HTTPServerLimitCounts::trailers},
    {"discarded_body", &HTTPServerLimitCounts::discarded_body},
    {"cookies", &HTTPServerLimitCounts::cookies},
    {"multipart", &HTTPServerLimitCounts::multipart},
    {"decompression", &HTTPServerLimitCounts::decompression},
    {"head_timeout", &HTTPServerLimitCounts::head_timeout},
    {"body_idle_timeout", &HTTPServerLimitCounts::body_idle_timeout},
    {"body_rate", &HTTPServerLimitCounts::body_rate},
    {"body_timeout", &HTTPServerLimitCounts::body_timeout},
    {"keep_alive_timeout", &HTTPServerLimitCounts::keep_alive_timeout},
    {"handshake_timeout", &HTTPServerLimitCounts::handshake_timeout},
    {"write_timeout", &HTTPServerLimitCounts::write_timeout},
    {"pending_writes", &HTTPServerLimitCounts::pending_writes},
    {"response_timeout", &HTTPServerLimitCounts::response_timeout},
    {"connections", &HTTPServerLimitCounts::connections},
    {"pipelined", &HTTPServerLimitCounts::pipelined},
    {"drain_timeout", &HTTPServerLimitCounts::drain_timeout},
};

static_assert(std::size(entries) == static_cast<std::size_t>(ServerLimit::drain_timeout) + 1);
static_assert(sizeof(HTTPServerLimitCounts) == std::size(entries) * sizeof(std::uint64_t));

}  // namespace

std::span<const ServerLimitEntry> server_limits() noexcept { return entries; }

std::optional<ServerLimit> limit_of(Http1Error error) noexcept {
    switch (error) {
        case Http1Error::head_too_large:
            return ServerLimit::head_size;
        case Http1Error::field_too_large:
            return ServerLimit::field_line;
        case Http1Error::too_many_fields:
            return ServerLimit::fields;
        case Http1Error::target_too_long:
            return ServerLimit::target;
        case Http1Error::body_too_large:
            return ServerLimit::body_size;
        case Http1Error::chunk_extension_too_large:
            return ServerLimit::chunk_extensions;
        case Http1Error::trailers_too_large:
            return ServerLimit::trailers;
        case Http1Error::too_many_cookies:
            return ServerLimit::cookies;
        default:
            return std::nullopt;
    }
}

}  // namespace gyre::http::detail
