#pragma once

#include <gyre/error.hpp>
#include <gyre/error_access.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http::detail {

// What is said to a proxy before it passes bytes on, without doing I/O. While state() is
// `going_on`: send all of take_output(), read at most wanted() bytes, give() them, and look again.
class ProxyHandshake {
public:
    enum class State {
        going_on,     ///< Something is to be sent or read.
        established,  ///< Every byte from now on is the tunnel's.
        reconnect,    ///< The proxy wants to be asked again, on another connection.
        failed,       ///< take_error() says why.
    };

    virtual ~ProxyHandshake() = default;
    ProxyHandshake(const ProxyHandshake&) = delete;
    ProxyHandshake& operator=(const ProxyHandshake&) = delete;

    State state() const noexcept { return state_; }
    std::string take_output() noexcept { return std::exchange(output_, {}); }
    // The most that may be read now; what comes behind it may already be the tunnel's. Not 0 while
    // it is going on.
    virtual std::size_t wanted() const noexcept = 0;
    virtual void give(std::string_view bytes) = 0;
    // The connection ended, with an error or in an orderly way (null).
    virtual void finish(Error cause) = 0;
    // Once, after `failed`.
    Error take_error() noexcept { return std::move(error_); }

protected:
    ProxyHandshake() = default;

    bool going_on() const noexcept { return state_ == State::going_on; }
    void send(std::string bytes) { output_ += bytes; }
    void establish() noexcept { state_ = State::established; }
    void want_reconnect() noexcept { state_ = State::reconnect; }
    void fail(Error error) noexcept {
        state_ = State::failed;
        error_ = std::move(error);
    }
    // The end came before or within what the proxy had to say.
    void fail_at_end(Error cause, bool inside_reply) {
        const std::string_view place = inside_reply ? "inside its reply" : "before it had answered";
        if (!gyre::detail::ErrorAccess::failed(cause))
            return fail({inside_reply ? Errc::truncated : Errc::end_of_stream,
                         "the proxy closed the connection " + std::string{place}});
        gyre::detail::ErrorAccess::add_context(
            cause, "the connection to the proxy broke " + std::string{place});
        fail(std::move(cause));
    }

private:
    State state_ = State::going_on;
    std::string output_;
    Error error_;
};

}  // namespace gyre::http::detail
