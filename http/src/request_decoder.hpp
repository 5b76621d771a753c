#pragma once

#include "content_decoder.hpp"
#include "http1_head.hpp"
#include <gyre/block.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace gyre::http::detail {

/// The one coding that a request's body has, identity if none; nothing if it has one that is not
/// decoded, or several layers (RFC 9110 section 8.4).
[[nodiscard]] std::optional<ContentCoding> request_coding(const MessageHead& head) noexcept;

/// The same for the body of a reply, where one coding that is not known is left alone: identity.
[[nodiscard]] std::optional<ContentCoding> response_coding(const MessageHead& head) noexcept;

/// Decodes the body of one request, and keeps what arrived and is not decoded yet while its handler
/// pauses. No I/O.
class RequestDecoder {
public:
    RequestDecoder(ContentCoding coding, std::uint64_t max_body) : decoder_(coding, max_body) {}

    /// The most coded bytes that a body of so many can need: no coding makes one much larger.
    static std::uint64_t coded_limit(std::uint64_t max_body) noexcept;

    /// Takes the next bytes; only when none are `pending`.
    void add(gyre::ReadSlice input) noexcept {
        input_ = std::move(input);
        pending_ = true;
    }
    /// `next` is to be called before more bytes are added.
    bool pending() const noexcept { return pending_; }
    DecodeStep next();
    /// What `next` has not looked at yet.
    gyre::ReadSlice& input() noexcept { return input_; }
    DecodeError finish() noexcept { return decoder_.finish(); }
    DecodeError error() const noexcept { return decoder_.error(); }
    void limit_body(std::uint64_t bytes) noexcept { decoder_.limit_output(bytes); }

private:
    ContentDecoder decoder_;
    gyre::ReadSlice input_;
    bool pending_ = false;
};

}  // namespace gyre::http::detail
