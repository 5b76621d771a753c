#pragma once

#include <gyre/periodic_callback.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstdint>
#include <utility>

namespace gyre::detail {

/// What a PeriodicCallback refers to; a resident of the reactor while it ticks.
class PeriodicImpl final : public Resident {
public:
    PeriodicImpl(ReactorRef reactor, Duration period, Handler<void()> handler,
                 PeriodicOptions options)
        : reactor_(std::move(reactor)),
          period_(period),
          handler_(std::move(handler)),
          options_(options) {}
    ~PeriodicImpl() override;

    Error start();
    void stop() noexcept;
    void unref() noexcept;
    bool running() const noexcept { return running_; }
    const ReactorRef& reactor() const noexcept { return reactor_; }

    void on_reactor_destroyed() noexcept override;

private:
    Error check() const;
    void arm();
    void on_tick();
    void go_on();
    TimePoint next_tick() noexcept;
    Duration jitter();

    ReactorRef reactor_;
    Duration period_;
    Handler<void()> handler_;
    PeriodicOptions options_;
    bool running_ = false;
    bool counted_ = true;
    TimePoint started_{};
    std::int64_t ticks_ = 0;  // whole periods from the start to the tick that was armed last
    Timeout timeout_;
};

}  // namespace gyre::detail
