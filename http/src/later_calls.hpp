#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/reactor_ref.hpp>

#include <deque>
#include <memory>

namespace gyre::http::detail {

/// Callbacks of one server on their way: each is called on a later turn of the loop, in order, or
/// released uncalled if the server goes first.
class LaterCalls : public std::enable_shared_from_this<LaterCalls> {
public:
    explicit LaterCalls(gyre::detail::ReactorRef reactor) : reactor_(std::move(reactor)) {}

    void add(Callback<void(Error)> callback, Error error);
    void add(Callback<void()> callback);
    /// The server or reactor is gone: nothing is called any more.
    void close() noexcept;

private:
    struct Call {
        Callback<void(Error)> callback;
        Error error;
    };

    void post();
    void deliver() noexcept;

    gyre::detail::ReactorRef reactor_;
    std::deque<Call> calls_;
    bool posted_ = false;
    bool closed_ = false;
};

}  // namespace gyre::http::detail
