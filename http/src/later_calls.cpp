#include "later_calls.hpp"

#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <utility>

namespace gyre::http::detail {

void LaterCalls::add(Callback<void(Error)> callback, Error error) {
    if (!callback) return;
    if (closed_) {
        gyre::detail::ErrorAccess::mark_looked_at(error);
        return callback.discard();
    }
    calls_.push_back({std::move(callback), std::move(error)});
    post();
}

void LaterCalls::add(Callback<void()> callback) {
    if (!callback) return;
    if (closed_) return callback.discard();
    gyre::detail::Origin origin = callback.origin();
    add(Callback<void(Error)>{[callback = std::move(callback)](const Error&) mutable {
                                  std::move(callback)();
                              },
                              std::move(origin)},
        Error{});
}

void LaterCalls::post() {
    if (std::exchange(posted_, true)) return;
    reactor_.post(
        Callback<void()>{[self = shared_from_this()] { self->deliver(); }, gyre::detail::Origin{}});
}

// Each of them may add to the list, or destroy the server, which empties it.
void LaterCalls::deliver() noexcept {
    posted_ = false;
    for (std::size_t left = calls_.size(); left > 0 && !calls_.empty(); --left) {
        if (reactor_.stopping()) break;
        Call call = std::move(calls_.front());
        calls_.pop_front();
        gyre::detail::dispatch(std::move(call.callback), std::move(call.error));
    }
    if (!calls_.empty()) post();
}

void LaterCalls::close() noexcept {
    closed_ = true;
    const gyre::detail::QuietScope quiet;
    for (Call& call : std::exchange(calls_, {}))
        call.callback.discard();
}

}  // namespace gyre::http::detail
