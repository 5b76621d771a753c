#pragma once

#include "client_errors.hpp"
#include "content_coding.hpp"
#include "content_decoder.hpp"
#include "http1_limits.hpp"
#include "http1_parser.hpp"
#include <gyre/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Reads the reply to one request, without doing I/O. Bytes are given as they arrive; the events
// in them are then taken one at a time until `need_more`:
//
//     exchange.give(bytes);
//     while ((step = exchange.next()).event != ClientExchange::Event::need_more) …
//
// Interim replies (1xx) are told and skipped, up to a limit. After `complete` and `failed` nothing
// more comes until begin().
class ClientExchange {
public:
    enum class Event {
        need_more,  ///< The bytes given have nothing more to tell.
        interim,    ///< A head of 1xx; head().status says which.
        head,       ///< head() is complete; its views are valid until the next call.
        body,       ///< `body` is a piece of the body, valid until the next call.
        complete,   ///< The reply is whole.
        failed,     ///< `error` says why there is no whole reply.
    };
    struct Step {
        Event event = Event::need_more;
        std::string_view body{};
        Error error{};
    };

    static constexpr int max_interim_replies = 16;

    ClientExchange() noexcept : parser_(limits_) {}
    ClientExchange(const ClientExchange&) = delete;
    ClientExchange& operator=(const ClientExchange&) = delete;
    ~ClientExchange() = default;

    // Begins to wait for the reply to a request with this method.
    void begin(std::string_view method, const Http1Limits& limits);
    // The next bytes, which have to stay valid until next() says `need_more`, or until keep().
    void give(std::string_view bytes);
    Step next();
    // Copies what next() has not looked at yet; for one who does not want to go on now.
    void keep();
    // The connection ended, with an error or in an orderly way (null): `complete` for a body that
    // goes on up to there, else `failed`.
    Step finish(Error cause);

    // Both for use at `head`. Refuses a body of more than so many bytes; false if it is too large
    // already.
    bool limit_body(std::uint64_t max_body) noexcept;
    // The same for a body that is to be decoded: the limit is on what it decodes to.
    bool decode(ContentCoding coding, std::uint64_t max_body);
    Error limit_error() const { return reply_error(parser_.error(), limits_); }

    const MessageHead& head() const noexcept { return head_; }
    // Whether a byte of a reply has come, of an interim one too.
    bool begun() const noexcept { return begun_; }
    // After `complete`: whether the connection may be used for another request.
    bool leaves_connection_usable() const noexcept { return head_.keep_alive && rest_.empty(); }

private:
    enum class State {
        head,      ///< In an interim head, or the final one.
        body,      ///< Behind the final head.
        complete,  ///< The reply is whole.
        failed,    ///< It never will be.
    };

    Step parse();
    Step on_head();
    Step on_body(std::string_view piece);
    Step decode_some(ContentDecoder& decoder);
    Step on_complete();
    Step skip_interim();
    Step fail(Error error);
    void keep_rest();

    Http1Limits limits_;
    ResponseParser parser_;
    MessageHead head_;
    State state_ = State::failed;
    std::string partial_head_;  // what came of a head that is not complete
    std::string_view rest_;     // what next() has not looked at yet
    std::string kept_rest_;     // it, after keep()
    std::optional<ContentDecoder> decoder_;
    std::string_view coded_;  // of the last piece, what is not decoded yet
    std::string kept_coded_;
    std::uint64_t max_decoded_ = 0;
    bool decoding_ = false;  // the decoder may have more to give
    std::uint64_t body_received_ = 0;
    int interim_replies_ = 0;
    bool begun_ = false;
};

}  // namespace gyre::http::detail
