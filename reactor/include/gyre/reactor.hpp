#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/executor.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/limits.hpp>
#include <gyre/metrics.hpp>
#include <gyre/pending.hpp>
#include <gyre/slow_callback.hpp>
#include <gyre/timeout.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace gyre {

class Network;
class Random;
class Resolver;
namespace detail {
class ReactorCore;
}

/// What a reactor is built on. Everything has a default; tests put in a manual clock, a network in
/// memory or fixed random bytes.
struct ReactorOptions {
    std::shared_ptr<Clock> clock{};        ///< Null: the system's monotonic clock.
    std::shared_ptr<Network> network{};    ///< Null: the system's sockets.
    std::shared_ptr<Resolver> resolver{};  ///< Null: a resolver of this reactor's own.
    std::shared_ptr<Executor> executor{};  ///< Null: a small thread pool, started on first use.
    std::shared_ptr<Random> random{};      ///< Null: the system's generator.
    /// What the default executor is like.
    ExecutorOptions executor_options{};
    /// Find wrong-thread calls, and time every callback. The default is GYRE_CHECKS of the
    /// environment, else whether the library was built for debugging.
    bool checks = default_checks();
    /// Record which callback registered which, for `Error::trace`, in the whole process from now
    /// on. The environment's GYRE_TRACE=1 does the same.
    bool trace = false;

    /// A callback that holds the loop this long is told to `on_slow_callback` and counted. The
    /// default is GYRE_SLOW_CALLBACK of the environment, in ms (0: never), else 100 ms.
    Duration slow_callback = default_slow_callback();
    /// Name it in the log while it still runs, too, from a thread that watches the loop (unless the
    /// clock is a virtual one). The default is GYRE_WATCHDOG of the environment, else `checks`'s:
    /// with a second thread, reference counts cost a server a percent or two.
    bool watchdog = default_watchdog();

    static GYRE_API bool default_checks() noexcept;
    static GYRE_API Duration default_slow_callback() noexcept;
    static GYRE_API bool default_watchdog() noexcept;
};

/// What a descriptor is ready for, or is to be watched for; a set of flags.
enum class IOEvents : unsigned { none = 0, read = 1, write = 2, error = 4 };
constexpr IOEvents operator|(IOEvents a, IOEvents b) noexcept {
    return static_cast<IOEvents>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool operator&(IOEvents a, IOEvents b) noexcept {
    return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// The event loop: dispatches completion handlers, one at a time, on the thread that calls `run`
/// (Tornado's `IOLoop`, Twisted's `reactor`).
///
/// An owner: destroying it ends everything that lives on it, without calling any callback, and
/// leaves the handles of that work inert. Only `add_callback` and `stop` may be called from another
/// thread. Destroying it inside its own `run` ends the program with a message.
class GYRE_API Reactor {
public:
    Reactor();
    explicit Reactor(ReactorOptions options);
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;
    ~Reactor();

    /// Dispatches until nothing is left to wait for, or `stop`. May be called again afterwards.
    /// What keeps it going: an undelivered callback, a timer, a listener, a stream with a read
    /// armed or bytes queued, an unfinished request or response, an executor job, a child with an
    /// exit callback, a bound `UDPSocket` with a handler.
    void run();
    /// Makes `run` (or `poll`) return after the callback that runs now; before it, makes the next
    /// one return at once. What was ready stays for the next `run`. Any thread.
    void stop() noexcept;
    /// Dispatches what is ready, without waiting, and what that makes ready in its turn, once.
    /// Returns the number of callbacks and events.
    std::size_t poll();
    /// As `run`, for at most `duration`.
    void run_for(Duration duration);

    /// Calls `callback` on a later turn of the loop, in the order of registration. Any thread.
    void add_callback(Callback<void()> callback);
    /// Calls `callback` when `delay` has passed (a negative one counts as zero).
    Timeout call_later(Duration delay, Callback<void()> callback);
    /// Calls `callback` when the reactor's clock has reached `deadline`.
    Timeout call_at(TimePoint deadline, Callback<void()> callback);
    /// The same as `timeout.cancel()`.
    void cancel_timeout(const Timeout& timeout) noexcept;
    /// The time of the reactor's clock.
    TimePoint time() const noexcept;

    /// Watches a descriptor that stays the caller's, level-triggered as in Tornado: `handler` gets
    /// the descriptor and what it is ready for (an error or hang-up counts as `error`) on every
    /// turn until `remove_handler`. Errors: `already_in_progress` for a second handler,
    /// `invalid_argument` for a descriptor that cannot be watched.
    Error add_handler(int descriptor, IOEvents events, Handler<void(int, IOEvents)> handler);
    /// Changes what is watched for. `invalid_argument` for a descriptor without a handler.
    Error update_handler(int descriptor, IOEvents events);
    /// Ends watching; also allowed when there is none, and from within the handler.
    void remove_handler(int descriptor) noexcept;

    /// Calls `handler` with the number of the signal on a turn of the loop, so it may do anything.
    /// Does not keep `run` going. Signals that come faster than turns are told once. The signal's
    /// previous disposition comes back when the last reactor that handles it lets go. Errors:
    /// `already_in_progress` for a second handler on this reactor, `invalid_argument` for what is
    /// no signal or cannot be handled (SIGKILL, SIGSTOP, SIGSEGV and the like).
    Error add_signal_handler(int signal, Handler<void(int)> handler);
    /// Ends handling; also allowed when there is no handler, and from within it.
    void remove_signal_handler(int signal) noexcept;

    /// Runs `work` on the executor's threads, then `done` here: with `unhandled_exception` if it
    /// threw, `queue_full` if the executor had no room, `canceled` if the executor dropped it.
    /// `work` and what it holds are destroyed on this thread. Destroying the reactor waits for work
    /// that runs at that moment; work that has not begun never will.
    void run_in_executor(Callback<void()> work, Callback<void(Error)> done);
    /// The same for work that returns something: `done` gets it, or an empty one with an error.
    ///
    ///     reactor.run_in_executor([] { return count_words("book.txt"); },
    ///                             [](gyre::Error error, std::size_t words) { … });
    template <class Work, class Done, class Result = std::invoke_result_t<std::decay_t<Work>&>>
        requires std::default_initializable<Result> && std::invocable<Done&, Error, Result>
    void run_in_executor(Work work, Done done,
                         std::source_location place = std::source_location::current());

    /// True while there is a reason for `run` to go on.
    bool has_work() const;
    /// What it has done and has to do. Costs some microseconds.
    ReactorMetrics metrics() const;
    /// Everything it waits for, with the places where the callbacks were registered: what keeps
    /// `run` from returning, and what would be lost by leaving it.
    PendingOperations pending() const;
    /// Gets every callback that was slow, on this thread, after it has ended. The default logs it.
    void on_slow_callback(Handler<void(const SlowCallback&)> handler);

    /// Gets every error nobody looked at and every exception that left a callback. The default
    /// logs them. What it throws itself is logged, and so are errors that die unseen within it.
    void on_unhandled_error(Handler<void(const Error&)> handler);

    /// The parts this reactor is built on.
    Network& network() noexcept;
    Resolver& resolver() noexcept;
    Random& random() noexcept;

private:
    friend class detail::ReactorCore;
    std::shared_ptr<detail::ReactorCore> core_;
};

template <class Work, class Done, class Result>
    requires std::default_initializable<Result> && std::invocable<Done&, Error, Result>
void Reactor::run_in_executor(Work work, Done done, std::source_location place) {
    // The executor's thread writes it, this one reads it afterwards.
    auto result = std::make_shared<std::optional<Result>>();
    run_in_executor(
        Callback<void()>{[work = std::move(work), result]() mutable { result->emplace(work()); },
                         place},
        Callback<void(Error)>{[done = std::move(done), result](Error error) mutable {
                                  if (*result)
                                      done(std::move(error), std::move(**result));
                                  else
                                      done(std::move(error), Result{});
                              },
                              place});
}

}  // namespace gyre
