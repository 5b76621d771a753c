#pragma once

#include <gyre/block.hpp>
#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/dispatch.hpp>
#include <gyre/export.hpp>
#include <gyre/pending.hpp>
#include <gyre/reactor.hpp>
#include <gyre/timeout.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace gyre::detail {

class DeadlineWheel;

/// Something that lives on a reactor until it is finished: a stream, a connection, a fetch. The
/// reactor holds it, so that handles to it may come and go. An extension point for protocols built
/// on gyre.
class GYRE_API Resident : public std::enable_shared_from_this<Resident> {
public:
    Resident() = default;
    Resident(const Resident&) = delete;
    Resident& operator=(const Resident&) = delete;
    virtual ~Resident() = default;

    /// The reactor is going: release every callback without calling it, and be inert from now on.
    virtual void on_reactor_destroyed() noexcept = 0;
    /// Adds what of the program's waits here, for `Reactor::pending`.
    virtual void list_pending(PendingOperations& all) const { static_cast<void>(all); }

private:
    friend class ReactorCore;
    std::shared_ptr<Resident> self_;
    Resident* previous_ = nullptr;
    Resident* next_ = nullptr;
};

/// How a resident refers to its reactor: safe to use after the reactor is gone, when every call
/// does nothing. An extension point for protocols built on gyre.
class GYRE_API ReactorRef {
public:
    ReactorRef() noexcept = default;
    ReactorRef(Reactor& reactor) noexcept;
    explicit ReactorRef(std::shared_ptr<ReactorCore> core) noexcept : core_(std::move(core)) {}

    /// False once the reactor has been destroyed, and for a default-constructed reference.
    bool alive() const noexcept;
    /// True on the thread that runs the reactor (or, before it runs, the one that made it).
    bool on_home_thread() const noexcept;
    /// Logs an error if another thread runs the reactor and checks are on.
    void check_thread(const char* operation) const noexcept;

    /// True when `stop` was called: what dispatches several callbacks leaves the rest for later.
    bool stopping() const noexcept;

    /// `callback` on a later turn. Discarded when the reactor is gone.
    void post(Callback<void()> callback) const;
    /// The same from any thread.
    void post_from_any_thread(Callback<void()> callback) const;
    /// As `Reactor::run_in_executor`; both are released when the reactor is gone.
    void run_in_executor(Callback<void()> work, Callback<void(Error)> done) const;
    Timeout call_later(Duration delay, Callback<void()> callback) const;
    Timeout call_at(TimePoint deadline, Callback<void()> callback) const;
    /// The time, which stands still during a turn. Outside of the loop it is the clock's.
    TimePoint now() const noexcept;
    /// The clock's time, which goes on during a turn.
    TimePoint live_time() const noexcept;

    /// Keeps `resident` alive until `abandon`, which lets go of it at the end of the turn.
    void adopt(const std::shared_ptr<Resident>& resident) const;
    void abandon(Resident& resident) const noexcept;
    /// Counts one more, or one less, reason for `run` to go on.
    void hold() const noexcept;
    void unhold() const noexcept;

    BlockPool& blocks() const noexcept;
    DeadlineWheel& deadlines() const noexcept;
    Network& network() const noexcept;
    Resolver& resolver() const noexcept;
    Random& random() const noexcept;

private:
    std::shared_ptr<ReactorCore> core_;
};

/// One reason for `run` to go on, held or not.
class Hold {
public:
    explicit Hold(ReactorRef reactor) noexcept : reactor_(std::move(reactor)) {}
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { set(false); }

    void set(bool held) noexcept {
        if (held == held_) return;
        held_ = held;
        held ? reactor_.hold() : reactor_.unhold();
    }
    bool held() const noexcept { return held_; }

private:
    ReactorRef reactor_;
    bool held_ = false;
};

/// Delivers `arguments` to `callback` on a later turn: how an initiating function that already
/// knows its result tells it. Without a living reactor the callback is dropped, which is reported.
template <class... Params, class... Args>
void post_result(const ReactorRef& reactor, Callback<void(Params...)> callback, Args... arguments) {
    if (!callback || !reactor.alive()) return;
    Origin origin = callback.origin();
    (name_callback<Args>(arguments, origin), ...);
    reactor.post(Callback<void()>{
        [callback = std::move(callback), result = std::tuple{std::move(arguments)...}]() mutable {
            std::apply([&](auto&... values) { std::move(callback)(std::move(values)...); }, result);
        },
        std::move(origin)});
}

}  // namespace gyre::detail
