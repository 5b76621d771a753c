#include "reactor_core.hpp"

#include "asio_guest.hpp"
#include "chain_node.hpp"
#include "defaults.hpp"
#include "executor_job.hpp"
#include "fd_watch.hpp"
#include "signal_watch.hpp"
#include "wakeup.hpp"
#include "watchdog.hpp"
#include <gyre/log.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

namespace gyre::detail {
namespace {

// The owner is gone: that the callbacks inside it are never called is no news.
void discard_quietly(Callback<void()>& callback) noexcept {
    const QuietScope quiet;
    callback.discard();
}

}  // namespace

/// Takes errors from wherever they die to the reactor, if it still lives.
class ReactorCore::Sink final : public ErrorSink {
public:
    explicit Sink(ReactorCore& core) noexcept : core_(&core) {}

    void report(Error error) noexcept override {
        std::string text;
        {
            const std::lock_guard lock{mutex_};
            if (core_ && core_->takes_reports()) return core_->report(std::move(error));
            text = core_ ? "an error within on_unhandled_error: " : "unhandled error: ";
        }
        // Outside of the lock, as the log's handler may lose an error of its own.
        log(LogLevel::error, text + error.message());
    }

    bool open() const noexcept override {
        const std::lock_guard lock{mutex_};
        return core_ != nullptr;
    }

    void detach() noexcept override {
        const std::lock_guard lock{mutex_};
        core_ = nullptr;
    }

private:
    mutable std::mutex mutex_;
    ReactorCore* core_;
};

ReactorCore::ReactorCore(ReactorOptions options)
    : options_(std::move(options)),
      home_(std::this_thread::get_id()),
      poller_(std::make_unique<Poller>()),
      wakeup_(std::make_unique<Wakeup>(*poller_)),
      sink_(std::make_shared<Sink>(*this)) {}

ReactorCore::~ReactorCore() = default;

void ReactorCore::start() {
    virtual_time_ = options_.clock != nullptr;
    if (options_.trace) set_tracing(true);
    fill_defaults(options_, *this);
    meter_ = LoopMeter{options_.slow_callback, options_.checks};
    update_time();
    push_sink(sink_);
    record_first_reactor();
}

void ReactorCore::shut_down() noexcept {
    if (running()) {
        log(LogLevel::error, "a reactor was destroyed inside its own run()");
        std::abort();
    }
    log_reports();
    save_trace_file();
    watchdog_.reset();
    const QuietScope quiet;
    {
        // Under the lock: a callback that another thread posts either lands before or is refused.
        const std::lock_guard lock{remote_mutex_};
        alive_.store(false, std::memory_order_release);
    }
    sink_->detach();
    pop_sink(sink_);
    end_jobs();
    end_residents();
    // Out of the core first: what they hold may call `remove_handler` and the like as it goes.
    std::exchange(fd_watches_, {}).clear();
    signals_.reset();
    timers_.discard();
    deadlines_.clear();
    guest_.reset();
    take_remote();
    ready_.discard();
    log_reports();
    std::exchange(unhandled_, {}) = {};
    std::exchange(on_slow_, {}) = {};
    options_.resolver.reset();
    options_.executor.reset();
    bury();
}

void ReactorCore::log_reports() noexcept {
    for (const Error& error : std::exchange(reports_, {}))
        log(LogLevel::error, "unhandled error: " + error.message());
}

void ReactorCore::end_residents() noexcept {
    while (residents_) {
        const std::shared_ptr<Resident> resident = residents_->self_;
        abandon(*resident);
        resident->on_reactor_destroyed();
    }
}

void ReactorCore::post(Callback<void()>&& callback) {
    if (!alive()) return discard_quietly(callback);
    ready_.push(std::move(callback));
}

void ReactorCore::post_from_any_thread(Callback<void()>&& callback) {
    if (on_running_thread()) return ready_.push(std::move(callback));
    {
        const std::lock_guard lock{remote_mutex_};
        if (alive()) {
            remote_.push_back(std::move(callback));
            if (!remote_pending_.exchange(true, std::memory_order_release)) wake();
            return;
        }
    }
    // Outside of the lock, as what it holds may post as it goes.
    discard_quietly(callback);
}

void ReactorCore::wake() noexcept { wakeup_->signal(); }

// Negative delays count as zero, and those beyond the end of time as never.
Timeout ReactorCore::call_later(Duration delay, Callback<void()>&& callback) {
    const TimePoint now = live_time();
    if (delay <= Duration::zero()) return add_timer(now, std::move(callback));
    return add_timer(delay < TimePoint::max() - now ? now + delay : TimePoint::max(),
                     std::move(callback));
}

Timeout ReactorCore::call_at(TimePoint deadline, Callback<void()>&& callback) {
    // Not before now: it would come before timers that are due already, each time it is renewed.
    return add_timer(std::max(deadline, now()), std::move(callback));
}

Timeout ReactorCore::add_timer(TimePoint deadline, Callback<void()>&& callback) {
    if (!alive() || !callback) {
        discard_quietly(callback);
        return {};
    }
    return Timeout{timers_.add(deadline, std::move(callback)).release()};
}

void ReactorCore::report(Error error) noexcept {
    if (on_running_thread()) return reports_.push_back(std::move(error));
    {
        const std::lock_guard lock{remote_mutex_};
        remote_reports_.push_back(std::move(error));
        if (remote_pending_.exchange(true, std::memory_order_release)) return;
    }
    wake();
}

void ReactorCore::on_unhandled_error(Handler<void(const Error&)> handler) {
    std::swap(unhandled_, handler);
}

Error ReactorCore::add_handler(int descriptor, IOEvents events,
                               Handler<void(int, IOEvents)> handler) {
    if (!alive()) return {Errc::closed, "add_handler came after the reactor's end"};
    if (!handler) return {Errc::invalid_argument, "add_handler needs a handler"};
    if (fd_watches_.contains(descriptor))
        return {Errc::already_in_progress,
                "descriptor " + std::to_string(descriptor) + " has a handler already"};
    auto watch = std::make_shared<FdWatch>(descriptor, std::move(handler));
    const Error error = poller_->add(descriptor, FdWatch::to_epoll(events), *watch);
    if (error) return {Errc::invalid_argument, error.message()};
    fd_watches_.emplace(descriptor, std::move(watch));
    hold();
    return {};
}

Error ReactorCore::update_handler(int descriptor, IOEvents events) {
    const auto found = fd_watches_.find(descriptor);
    if (found == fd_watches_.end())
        return {Errc::invalid_argument,
                "descriptor " + std::to_string(descriptor) + " has no handler"};
    if (poller_->modify(descriptor, FdWatch::to_epoll(events), *found->second)) return {};
    return {Errc::invalid_argument, "descriptor " + std::to_string(descriptor) + " was closed"};
}

void ReactorCore::remove_handler(int descriptor) noexcept {
    const auto node = fd_watches_.extract(descriptor);
    if (node.empty()) return;
    poller_->remove(descriptor, *node.mapped());
    unhold();
}

AsioGuest& ReactorCore::asio_guest() {
    if (!guest_) guest_ = std::make_unique<AsioGuest>(poller_->descriptor());
    return *guest_;
}

Error ReactorCore::add_signal_handler(int signal, Handler<void(int)> handler) {
    if (!alive()) return {Errc::closed, "add_signal_handler came after the reactor's end"};
    if (!signals_) signals_ = std::make_unique<SignalWatch>(*poller_);
    return signals_->add(signal, std::move(handler));
}

void ReactorCore::remove_signal_handler(int signal) noexcept {
    if (signals_) signals_->remove(signal);
}

void ReactorCore::adopt(const std::shared_ptr<Resident>& resident) noexcept {
    if (!alive() || resident->self_) return;
    resident->self_ = resident;
    resident->next_ = residents_;
    if (residents_) residents_->previous_ = resident.get();
    residents_ = resident.get();
    ++resident_count_;
}

void ReactorCore::abandon(Resident& resident) noexcept {
    if (!resident.self_) return;
    if (resident.previous_)
        resident.previous_->next_ = resident.next_;
    else
        residents_ = resident.next_;
    if (resident.next_) resident.next_->previous_ = resident.previous_;
    resident.previous_ = resident.next_ = nullptr;
    --resident_count_;
    // Not destroyed here: this is often called from within it.
    graveyard_.push_back(std::move(resident.self_));
}

void ReactorCore::check_thread(const char* operation) const noexcept {
    // While nobody runs it, it may change hands (set up here, run there).
    if (!options_.checks || !running() || on_running_thread()) return;
    log(LogLevel::error,
        std::string{operation} + " was called on another thread than the reactor's");
}

}  // namespace gyre::detail
