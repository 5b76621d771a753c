#pragma once

#include <gyre/clock.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace gyre::detail {

struct DispatchState;

/// Looks at a running loop from a thread of its own, and names the callback that holds it while it
/// still does. All reactors of the process share the thread, which ends with the last of them and
/// sleeps while all of them wait.
class Watchdog {
public:
    /// Begins to watch the loop of the calling thread.
    explicit Watchdog(Duration slow_after);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    ~Watchdog();

    /// The loop begins or stops running on this thread.
    void enter(const DispatchState& state) noexcept;
    void leave() noexcept;
    /// The loop goes to wait, or has waited. A few nanoseconds.
    void set_waiting(bool waiting) noexcept;

private:
    class Thread;
    struct Watched;
    std::shared_ptr<Thread> thread_;
    std::shared_ptr<Watched> watched_;
};

}  // namespace gyre::detail
