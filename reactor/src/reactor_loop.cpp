#include "asio_guest.hpp"
#include "defaults.hpp"
#include "reactor_core.hpp"
#include "run_scope.hpp"
#include "wakeup.hpp"
#include "watchdog.hpp"
#include <gyre/log.hpp>

#include <algorithm>
#include <utility>

// The half of ReactorCore that turns the loop.
namespace gyre::detail {
namespace {
constexpr std::size_t lap = DispatchState::remembered;
}

bool ReactorCore::has_work() const noexcept {
    return !ready_.empty() || holds_ > 0 || timers_.counted() > 0 || !reports_.empty() ||
           !jobs_.empty() || remote_pending_.load(std::memory_order_acquire);
}

bool ReactorCore::has_any_work() const { return has_work() || (guest_ && guest_->has_work()); }

void ReactorCore::run(TimePoint until) {
    if (running()) {
        log(LogLevel::error, "Reactor::run was called inside a callback of the same reactor");
        return;
    }
    start_watchdog();
    const RunScope scope{*this};
    bury();
    bool over = false;
    // What is told in the end may make work again.
    while (!over) {
        over = turn_until(until);
        settle();
        over = over || !has_any_work();
    }
}

bool ReactorCore::turn_until(TimePoint until) {
    while (!stopped_.exchange(false)) {
        if (!has_any_work()) return false;
        if (until != TimePoint::max() && live_time() >= until) return true;
        turn({.may_wait = true, .until = until});
    }
    return true;
}

std::size_t ReactorCore::poll() {
    if (running()) return 0;
    const RunScope scope{*this};
    bury();
    std::size_t done = 0;
    // Callbacks that what is ready now makes ready belong to it; a chain without end does not.
    for (int i = 0; i < 2 && !stopped_.load(std::memory_order_relaxed); ++i)
        done += turn({.may_wait = false, .until = TimePoint::max()});
    stopped_.store(false);
    settle();
    return done;
}

void ReactorCore::stop() noexcept {
    stopped_.store(true);
    wake();
}

std::size_t ReactorCore::turn(const TurnOptions& options) {
    take_remote();
    ++turns_;
    std::size_t done = run_ready(options.may_wait);
    if (stopping()) return done;
    bury();
    meter_.end_stretch(dispatch_state);
    if (meter_.has_slow()) deliver_slow();
    wait(options);
    meter_.begin_stretch(dispatch_state);
    update_time();
    done += run_events();
    deadlines_.advance(now_);
    done += run_timers();
    done += deliver_reports();
    bury();
    return done;
}

std::size_t ReactorCore::run_ready(bool fair) {
    constexpr std::size_t fair_share = 256;
    constexpr Duration longest = std::chrono::milliseconds{1};
    const std::size_t most = fair ? fair_share : ready_.size();
    Duration taken{};
    std::size_t done = 0;
    while (!ready_.empty() && done < most) {
        Callback<void()> callback = ready_.pop();
        dispatch_in_place(callback);
        ++done;
        if (stopping()) break;
        if (done % lap != 0) continue;
        // Descriptors and timers get their turn also beside callbacks that take their time. With a
        // virtual clock, what happens must not depend on how fast it does.
        taken += meter_.lap(dispatch_state);
        if (fair && taken > longest && !virtual_time_) break;
    }
    callbacks_run_ += done;
    return done;
}

std::size_t ReactorCore::run_events() {
    constexpr int fair_share = 256;
    std::size_t done = 0;
    if (guest_) {
        for (int i = 0; i < fair_share && !stopping() && guest_->run_ready(); ++i) {
        }
        done += guest_->take_count();
    }
    while (!stopping() && poller_->dispatch_next())
        if (++done % lap == 0) meter_.lap(dispatch_state);
    done -= wakeup_->take_count();
    events_run_ += done;
    return done;
}

std::size_t ReactorCore::run_timers() {
    std::size_t done = 0;
    timers_.begin_turn();
    while (!stopping()) {
        const TimerRef timer = timers_.take_due(now_);
        if (!timer) break;
        dispatch(std::move(timer->callback));
        if (++done % lap == 0) meter_.lap(dispatch_state);
    }
    timers_run_ += done;
    return done;
}

void ReactorCore::start_watchdog() {
    if (!options_.watchdog || watchdog_ || virtual_time_) return;
    if (options_.slow_callback == Duration::max()) return;
    watchdog_ = std::make_unique<Watchdog>(options_.slow_callback);
}

void ReactorCore::wait(const TurnOptions& options) {
    const Duration timeout = wait_time(options);
    const bool watched = watchdog_ && timeout != Duration::zero();
    if (watched) watchdog_->set_waiting(true);
    wait_for(options, timeout);
    if (watched) watchdog_->set_waiting(false);
}

void ReactorCore::wait_for(const TurnOptions& options, Duration timeout) {
    // A virtual clock moves on only when really nothing is ready.
    if (virtual_time_ && timeout != Duration::zero()) {
        if (poller_->wait(Duration::zero())) return;
        const TimePoint next = next_time(options);
        if (next != TimePoint::max() && options_.clock->skip_to(next)) return;
        timeout = wait_time(options);
    }
    if (guest_ && timeout != Duration::zero()) {
        guest_->wait(timeout);
        timeout = Duration::zero();
    }
    poller_->wait(timeout);
}

TimePoint ReactorCore::next_time(const TurnOptions& options) const noexcept {
    return std::min({timers_.next(), deadlines_.next(), options.until});
}

Duration ReactorCore::wait_time(const TurnOptions& options) {
    if (!options.may_wait || !ready_.empty() || !reports_.empty() || stopping() || !has_any_work())
        return Duration::zero();
    const TimePoint next = next_time(options);
    if (next == TimePoint::max()) return Duration{-1};
    return std::max(next - live_time(), Duration::zero());
}

void ReactorCore::take_remote() noexcept {
    if (!remote_pending_.load(std::memory_order_acquire)) return;
    std::vector<Callback<void()>> callbacks;
    std::vector<Error> reports;
    {
        const std::lock_guard lock{remote_mutex_};
        callbacks.swap(remote_);
        reports.swap(remote_reports_);
        remote_pending_.store(false, std::memory_order_relaxed);
    }
    for (Callback<void()>& callback : callbacks)
        ready_.push(std::move(callback));
    for (Error& error : reports)
        reports_.push_back(std::move(error));
}

std::size_t ReactorCore::deliver_reports() {
    const std::vector<Error> reports = std::exchange(reports_, {});
    delivering_ = true;
    for (const Error& error : reports) {
        const Handler<void(const Error&)> handler = unhandled_;
        try {
            if (handler)
                handler(error);
            else
                log_unhandled(error);
        } catch (...) {
            log(LogLevel::error,
                "the on_unhandled_error handler threw; it was told of: " + error.message());
        }
    }
    delivering_ = false;
    errors_told_ += reports.size();
    return reports.size();
}

void ReactorCore::settle() {
    bury();
    take_remote();
    meter_.end_stretch(dispatch_state);
    deliver_slow();
    while (!reports_.empty()) {
        deliver_reports();
        bury();
    }
}

void ReactorCore::bury() noexcept {
    while (!graveyard_.empty())
        std::exchange(graveyard_, {}).clear();
}

}  // namespace gyre::detail
