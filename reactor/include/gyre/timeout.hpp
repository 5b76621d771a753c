#pragma once

#include <gyre/export.hpp>

#include <utility>

namespace gyre {

namespace detail {
struct Timer;
class ReactorCore;

GYRE_API void retain_timer(Timer* timer) noexcept;
GYRE_API void release_timer(Timer* timer) noexcept;
}  // namespace detail

/// A reference to a call that `Reactor::call_later` or `call_at` arranged. Cheap to copy; letting
/// go of it changes nothing. Inert when the call has run, was canceled, or the reactor is gone.
/// Copying and destroying is allowed on any thread.
class GYRE_API Timeout {
public:
    Timeout() noexcept = default;
    Timeout(const Timeout& other) noexcept : timer_(other.timer_) {
        if (timer_) detail::retain_timer(timer_);
    }
    Timeout(Timeout&& other) noexcept : timer_(std::exchange(other.timer_, nullptr)) {}
    Timeout& operator=(Timeout other) noexcept {
        std::swap(timer_, other.timer_);
        return *this;
    }
    ~Timeout() {
        if (timer_) detail::release_timer(timer_);
    }

    /// Takes the call back: its callback never runs and its captures are released. Also allowed
    /// when it has already run.
    void cancel() const noexcept;
    /// `Reactor::run` no longer waits for this call alone.
    void unref() const noexcept;
    /// True while the call is still to come.
    bool active() const noexcept;

private:
    friend class detail::ReactorCore;
    explicit Timeout(detail::Timer* timer) noexcept : timer_(timer) {}
    detail::Timer* timer_ = nullptr;
};

}  // namespace gyre
