#pragma once

#include "http1_serializer.hpp"
#include <gyre/http/headers.hpp>
#include <gyre/output_queue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What a response needs to know of its request and its server.
struct ResponseContext {
    bool head_request = false;  ///< The body is described but not sent.
    int version_minor = 1;
    bool keep_alive = true;  ///< The connection may go on after this response.
    std::string_view server_name;
    std::string_view date;
};

/// Turns a response into bytes: decides the framing (RFC 9112 section 6), writes the head, encodes
/// the body. Bytes and calls in, bytes out; no I/O.
class ResponseWriter {
public:
    enum class State : std::uint8_t {
        open,       ///< The head is not out; status and fields may change.
        streaming,  ///< The head is out.
        done,       ///< The message is complete.
    };

    void reset() noexcept;

    void set_status(int status, std::string_view reason) {
        status_ = status;
        reason_ = reason;
    }
    int status() const noexcept { return status_; }
    HTTPHeaders& headers() noexcept { return headers_; }
    State state() const noexcept { return state_; }

    /// The body's bytes that are not encoded yet.
    gyre::detail::OutputQueue& body() noexcept { return body_; }
    std::size_t body_bytes() const noexcept { return body_.bytes(); }

    /// Appends everything that can be sent now to `out`: the head if it is due, the waiting body,
    /// then `data`; and the end if `last`. On an error nothing more of this response may be sent.
    SerializeError encode(gyre::detail::OutputQueue& out, const ResponseContext& context, bool last,
                          std::string_view data = {});

    /// After the head: whether the connection may serve another request.
    bool keeps_alive() const noexcept { return keep_alive_; }
    /// After the head: whether the body is sent, not only described.
    bool sends_body() const noexcept { return send_body_; }

private:
    SerializeError decide_framing(const ResponseContext& context, bool last, std::uint64_t size);
    SerializeError append_head(std::string& out, const ResponseContext& context, bool has_body);
    SerializeError append_body(gyre::detail::OutputQueue& out, bool last, std::string_view data);
    bool says_close() const noexcept;
    bool never_has_body() const noexcept {
        return status_ < 200 || status_ == 204 || status_ == 304;
    }

    int status_ = 200;
    State state_ = State::open;
    bool keep_alive_ = true;
    bool send_body_ = true;
    Framing framing_;
    std::uint64_t remaining_ = 0;  // of a body of fixed length
    std::string reason_;
    HTTPHeaders headers_;
    gyre::detail::OutputQueue body_;
};

}  // namespace gyre::http::detail
