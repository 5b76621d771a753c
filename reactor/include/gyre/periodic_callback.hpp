#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/reactor.hpp>

#include <memory>

namespace gyre {

namespace detail {
class PeriodicImpl;
}

/// How a PeriodicCallback ticks.
struct PeriodicOptions {
    /// Makes each tick up to half of this part of the period sooner or later, at random, so that
    /// many programs do not all come at once. From 0 to 1.
    double jitter = 0;
};

/// Calls a handler every `period` (Tornado's `PeriodicCallback`, Node's `setInterval`).
///
/// A cheap copyable reference: while it ticks, the reactor keeps it, and `run` goes on, also when
/// every handle to it has gone. Ticks do not drift: they are due at the time of `start` plus whole
/// periods. One that comes late is not made up for: the ticks missed meanwhile are skipped. A
/// handler that throws is reported and goes on ticking. On the reactor's thread, but for copying
/// and letting go.
///
/// `stop` keeps the handler for another `start`; it is released with the last handle, or with the
/// reactor if it ticks then. So a handler that stops it had better hold the handle by reference
/// than own a copy, which would keep both.
class GYRE_API PeriodicCallback {
public:
    PeriodicCallback() noexcept = default;
    /// Nothing happens until `start`. `handler` may call anything of this object.
    PeriodicCallback(Reactor& reactor, Duration period, Handler<void()> handler,
                     PeriodicOptions options = {});

    /// Ticks from now on, first after one period. Does nothing if it ticks already. Errors, which
    /// leave it at rest: `invalid_argument` for a period of zero or less, a jitter out of range or
    /// an empty handler; `closed` without a living reactor.
    Error start() const;
    /// No tick comes any more until `start`, which may be called again.
    void stop() const noexcept;
    /// True between `start` and `stop`.
    bool is_running() const noexcept;
    /// `Reactor::run` does not wait for it, from now on and after every `start`.
    void unref() const noexcept;

private:
    std::shared_ptr<detail::PeriodicImpl> impl_;
};

}  // namespace gyre
