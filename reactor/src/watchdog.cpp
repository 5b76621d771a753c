#include "watchdog.hpp"

#include "blocked_signals.hpp"
#include "chain_node.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/log.hpp>
#include <gyre/slow_callback.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace gyre::detail {
namespace {

/// How far a loop has come. The same twice: it has not moved.
struct Progress {
    std::uint64_t dispatched = 0;
    std::uint32_t running = 0;
    std::uint64_t waits = 0;
    friend bool operator==(const Progress&, const Progress&) = default;
};

}  // namespace

struct Watchdog::Watched {
    Duration slow_after{};
    std::atomic<bool> waiting{true};
    std::atomic<std::uint64_t> waits{0};

    // Under the thread's mutex.
    const DispatchState* state = nullptr;
    Progress seen{};
    TimePoint since{};  // when `seen` was first seen
    Duration next_report{};

    Progress progress() const noexcept {
        return {.dispatched = state->dispatched.load(std::memory_order_acquire),
                .running = state->running.load(std::memory_order_acquire),
                .waits = waits.load(std::memory_order_acquire)};
    }
};

class Watchdog::Thread {
public:
    Thread() {
        const BlockedSignals blocked;
        thread_ = std::thread{[this] { work(); }};
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() {
        {
            const std::lock_guard lock{mutex_};
            ending_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    /// The thread of all reactors. It lives as long as somebody holds it.
    static std::shared_ptr<Thread> shared() {
        // Never destroyed: a reactor may be a static of the program.
        static auto* mutex = new std::mutex;
        static auto* instance = new std::weak_ptr<Thread>;
        const std::lock_guard lock{*mutex};
        auto thread = instance->lock();
        if (!thread) *instance = thread = std::make_shared<Thread>();
        return thread;
    }

    void enter(const std::shared_ptr<Watched>& watched, const DispatchState& state) {
        {
            const std::lock_guard lock{mutex_};
            watched->state = &state;
            watched->seen = {};
            watched_.push_back(watched);
        }
        changed_.notify_one();
    }
    void leave(const std::shared_ptr<Watched>& watched) noexcept {
        const std::lock_guard lock{mutex_};
        std::erase(watched_, watched);
        watched->state = nullptr;
    }
    void wake_if_asleep() noexcept {
        if (!asleep_.load()) return;
        {
            const std::lock_guard lock{mutex_};
        }
        changed_.notify_one();
    }

private:
    void work() {
        std::unique_lock lock{mutex_};
        while (!ending_) {
            const std::vector<std::string> lines = look_at_all();
            if (lines.empty()) {
                sleep(lock);
                continue;
            }
            // A log handler of the program's must not hold up a loop that comes or goes.
            lock.unlock();
            for (const std::string& line : lines)
                log(LogLevel::warning, line);
            lock.lock();
        }
    }

    // Until the next look is due; while every loop waits, until one goes on.
    void sleep(std::unique_lock<std::mutex>& lock) {
        asleep_.store(true);
        // Of those that wait, too: one that goes on meanwhile does not cut the interval short.
        Duration interval = Duration::max();
        bool all_wait = true;
        for (const auto& watched : watched_) {
            interval = std::min(interval, watched->slow_after / 4);
            if (!watched->waiting.load()) all_wait = false;
        }
        if (all_wait) {
            changed_.wait(lock);
            asleep_.store(false);
            return;
        }
        asleep_.store(false);
        constexpr Duration shortest = std::chrono::milliseconds{1};
        changed_.wait_for(lock, std::max(interval, shortest));
    }

    std::vector<std::string> look_at_all() {
        std::vector<std::string> lines;
        const TimePoint now = std::chrono::steady_clock::now();
        for (const auto& watched : watched_)
            if (std::string line = look_at(*watched, now); !line.empty())
                lines.push_back(std::move(line));
        return lines;
    }

    static std::string look_at(Watched& watched, TimePoint now) {
        const Progress progress = watched.progress();
        if (watched.waiting.load() || progress != watched.seen) {
            watched.seen = progress;
            watched.since = now;
            watched.next_report = watched.slow_after;
            return {};
        }
        const Duration held = now - watched.since;
        if (held < watched.next_report || progress.running == 0) return {};
        watched.next_report = 2 * held;
        return describe(watched, progress, held);
    }

    // Empty if the callback ended meanwhile.
    static std::string describe(const Watched& watched, const Progress& progress, Duration held) {
        const DispatchState& state = *watched.state;
        SlowCallback slow{.duration = held};
        slow.places.push_back(state.recent[progress.dispatched % DispatchState::remembered].load());
        slow.trace = chain_places(state.node.load(std::memory_order_acquire));
        std::atomic_thread_fence(std::memory_order_acquire);
        // What was read is what it seems only if the callback still runs.
        if (watched.progress() != progress) return {};
        return to_string(slow) + ", which still runs";
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::shared_ptr<Watched>> watched_;
    std::atomic<bool> asleep_{false};
    bool ending_ = false;
    std::thread thread_;
};

Watchdog::Watchdog(Duration slow_after) : watched_(std::make_shared<Watched>()) {
    watched_->slow_after = slow_after;
    try {
        thread_ = Thread::shared();
    } catch (const std::system_error& error) {
        log(LogLevel::warning, std::string{"no watchdog for slow callbacks: "} + error.what());
    }
}

Watchdog::~Watchdog() = default;

void Watchdog::enter(const DispatchState& state) noexcept {
    if (!thread_) return;
    watched_->waiting.store(false);
    thread_->enter(watched_, state);
}

void Watchdog::leave() noexcept {
    if (!thread_) return;
    watched_->waiting.store(true);
    thread_->leave(watched_);
}

void Watchdog::set_waiting(bool waiting) noexcept {
    if (!thread_) return;
    watched_->waits.fetch_add(1, std::memory_order_relaxed);
    // In the one order of all such stores and loads, so that a thread which falls asleep sees that
    // the loop goes on, or the loop sees that it sleeps.
    watched_->waiting.store(waiting);
    if (!waiting) thread_->wake_if_asleep();
}

}  // namespace gyre::detail
