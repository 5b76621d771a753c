#pragma once

#include "content_encoder.hpp"
#include <gyre/error.hpp>
#include <gyre/http/compression_options.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/output_queue.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

/// What is known of a response when its head is due.
struct UncodedResponse {
    int status = 200;
    bool head_request = false;
    bool whole = false;      ///< All of the body is there.
    std::uint64_t size = 0;  ///< Of the body so far.
    /// What the handler's Content-Length says.
    std::optional<std::uint64_t> declared = {};
};

/// The step of a response that compresses its body, between what was written and its framing.
/// Bytes and calls in, bytes out; no I/O.
class BodyEncoding {
public:
    /// Decides whether a response is compressed and changes its fields to say so: Vary wherever the
    /// request decided about it (RFC 9110 section 12.5.5), Content-Encoding, a weak ETag, as the
    /// bytes are not those that a strong one stands for (section 8.8.1), and no Content-Length and
    /// Accept-Ranges. A 304 gets Vary and ETag as the 200 would have had them (section 15.4.5).
    /// Null if the body stays as it is.
    static std::unique_ptr<BodyEncoding> begin(const CompressionOptions& options,
                                               HTTPHeadersView request_fields,
                                               const UncodedResponse& response,
                                               HTTPHeaders& headers);

    BodyEncoding(ContentCoding coding, const CompressionOptions& options,
                 const UncodedResponse& response);

    /// Puts what `body` and `data` come to into `body`, flushed, or ended if it is the last of it.
    /// The callbacks of what was in `body` follow the coded bytes. False if the handler's
    /// Content-Length said something else, or a file has got shorter; the callbacks are still in
    /// `body` then, and nothing more may be encoded.
    [[nodiscard]] bool apply(gyre::detail::OutputQueue& body, std::string_view data, bool last);

    /// How long the coded body is cannot be told: it was described to HEAD, not written.
    bool length_unknown() const noexcept { return length_unknown_; }

private:
    ContentEncoder encoder_;
    std::optional<std::uint64_t> left_;  // of the declared length
    bool skip_;                          // what is written goes nowhere
    bool length_unknown_;
};

/// `invalid_argument` for a level or a limit out of range, and for what is no media type.
Error check(const CompressionOptions& options);

}  // namespace gyre::http::detail
