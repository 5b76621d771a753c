#pragma once

#include <gyre/export.hpp>

#include <memory>

namespace gyre {

namespace detail {
struct Timer;
class TimerQueue;
class ReactorCore;
}  // namespace detail

/// A reference to a call that `Reactor::call_later` or `call_at` arranged. Cheap to copy; letting
/// go of it changes nothing. Inert when the call has run, was canceled, or the reactor is gone.
class GYRE_API Timeout {
public:
    Timeout() noexcept = default;

    /// Takes the call back: its callback never runs and its captures are released. Also allowed
    /// when it has already run.
    void cancel() const noexcept;
    /// `Reactor::run` no longer waits for this call alone.
    void unref() const noexcept;
    /// True while the call is still to come.
    bool active() const noexcept;

private:
    friend class detail::ReactorCore;
    explicit Timeout(std::shared_ptr<detail::Timer> timer) noexcept : timer_(std::move(timer)) {}
    std::shared_ptr<detail::Timer> timer_;
};

}  // namespace gyre
