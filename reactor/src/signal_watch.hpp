#pragma once

#include "poller.hpp"
#include <gyre/error.hpp>
#include <gyre/handler.hpp>
#include <gyre/pending.hpp>

#include <map>

namespace gyre::detail {

struct SignalSlot;

/// The signals that one reactor handles (`Reactor::add_signal_handler`).
///
/// The system's handler only sets a bit in each reactor's slot and writes to its eventfd, both of
/// which are allowed there; the reactor calls the user's handler on a turn of its own. A signal
/// that comes several times before that is told once, as the system does itself.
class SignalWatch final : public PollListener {
public:
    explicit SignalWatch(Poller& poller) noexcept : poller_(poller) {}
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;
    ~SignalWatch();

    Error add(int signal, Handler<void(int)> handler);
    void remove(int signal) noexcept;
    void list_pending(PendingOperations& all) const;

    void on_poll_events(std::uint32_t events) noexcept override;

private:
    Error open();

    Poller& poller_;
    SignalSlot* slot_ = nullptr;  // from the first `add` on
    std::map<int, Handler<void(int)>> handlers_;
};

}  // namespace gyre::detail
