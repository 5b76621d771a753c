#pragma once

#include <gyre/limits.hpp>

#include <cstdint>
#include <string>

namespace gyre::http {

/// How `HTTPServerResponse::send_file` answers.
struct SendFileOptions {
    std::uint64_t offset = 0;
    std::uint64_t length = unlimited;  ///< Bytes; `unlimited`: all from `offset` on.
    /// If the response has no Content-Type; empty: the one for the path (see `content_type_for`).
    std::string content_type{};
    /// What a GET or HEAD gets that would be answered 200: ETag, Last-Modified and Accept-Ranges,
    /// unless they are set, and for a conditional request or one for ranges 206, 304, 412 or 416
    /// (RFC 9110 sections 13 and 14). More than 16 ranges are answered with the whole. Nothing of
    /// it if something was written before.
    bool conditional = true;
};

}  // namespace gyre::http
