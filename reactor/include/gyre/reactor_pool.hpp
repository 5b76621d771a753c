#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/limits.hpp>
#include <gyre/metrics.hpp>
#include <gyre/pool_member.hpp>
#include <gyre/reactor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace gyre {

namespace detail {
class ReactorPoolCore;
}

struct ReactorPoolOptions {
    /// How many members there are, a thread and a reactor each.
    std::size_t threads = default_threads();
    /// Keep member i on the i-th of the CPUs that the calling thread may run on (and begin again
    /// when there are more members). Threads that a member starts, its executor's, stay there too.
    bool pin_threads = false;
    /// For each member's reactor. Parts given here (clock, network, resolver, executor, random) are
    /// shared by all of them, so they must be made for being used by several threads.
    ReactorOptions reactor{};
    /// How long a member's stop handlers may take together after `ReactorPool::stop`. Then what is
    /// left is cut off, which is reported as `timed_out`. More than the 10 s that an HTTP server
    /// gives its requests, so that it ends by itself.
    Duration stop_timeout = std::chrono::seconds{15};

    /// The number of CPUs that the calling thread may run on (sched_getaffinity), at least 1. A
    /// container's CPU quota is not looked at.
    static GYRE_API std::size_t default_threads() noexcept;
};

/// Many reactors, each on a thread of its own, with nothing shared between them: how a server uses
/// many cores. Each member has servers of its own; servers that share a port say so with
/// `reuse_port`, and the system spreads the connections. (Tornado's `start(n)` with threads in
/// place of processes.)
///
///     gyre::ReactorPool pool;
///     std::uint16_t port = 0;
///     gyre::Error error = pool.run([&](gyre::PoolMember& member) -> gyre::Error {
///         auto server = std::make_shared<HTTPServer>(member.reactor(), {.reuse_port = true});
///         add_routes(*server);
///         if (gyre::Error e = server->listen(port)) return e;
///         port = server->port();
///         member.on_stop([server](auto done) { server->stop(std::move(done)); });
///         return {};
///     });
///
/// The pool's threads have every signal blocked: signals belong to the program's own threads. The
/// thread that calls `run` is one of those, and member 0, which runs there, ends last, so its
/// signal handlers serve until then. A member does not end because it has nothing to do.
///
/// An owner: destroying it ends every member at once, without its stop handlers, and waits for
/// them; call `stop` and `join` first for a graceful end. Destroying it on a member's thread ends
/// the program with a message. What a member leaves unhandled goes to its reactor's
/// `on_unhandled_error`.
class GYRE_API ReactorPool {
public:
    /// Gives a member its work. An Error refuses, and the pool does not start.
    using SetUp = std::function<Error(PoolMember&)>;

    explicit ReactorPool(ReactorPoolOptions options = {});
    ReactorPool(const ReactorPool&) = delete;
    ReactorPool& operator=(const ReactorPool&) = delete;
    ~ReactorPool();

    /// Starts the threads and runs `set_up` on each of them, one after another in the order of
    /// their index, so member 0 may bind port 0 and the others take the port it got. Only when all
    /// are set up do their reactors run; a set-up must not wait for a callback of another member.
    /// Returns then, and the pool runs until `stop`.
    ///
    /// The first Error ends everything again, threads included, and is returned. Errors: what
    /// `set_up` returned; `unhandled_exception` if it threw; `canceled` if `stop` was called before
    /// all were set up, by a set-up or even before `start`; `invalid_argument` for options that
    /// cannot be used, or an empty `set_up`; `already_in_progress` while it runs, until `join`; the
    /// system's, if it gives no more threads or cannot pin them.
    Error start(const SetUp& set_up);
    /// The same, but member 0 is the calling thread, and it returns when all members have ended. A
    /// pool of one member starts no thread: a process with a single one counts references faster.
    Error run(const SetUp& set_up);

    /// Ends every member gracefully: its stop handlers run, then its reactor ends. A second call
    /// does nothing more. Before `start` or `run` it makes the next one return `canceled`. Any
    /// thread, members' among them; not from within a handler of the operating system's
    /// (sigaction).
    void stop() noexcept;
    /// Waits until all members have ended; then the pool may start again. Returns at once if it
    /// does not run. Any thread but a member's, which gets `not_supported` instead of waiting for
    /// itself.
    Error join();

    /// The number of members, whether it runs or not.
    std::size_t size() const noexcept;

    /// Calls `callback` on this member's thread, on a turn of its loop. Any thread. When the member
    /// has ended it is released uncalled; without such a member (the pool does not run, or the
    /// member is not set up yet) it is dropped, which is reported.
    void add_callback(std::size_t member, Callback<void()> callback);

    /// Asks every member for the metrics of its reactor; `callback` gets them on the thread of
    /// `home`, by index, on a later turn. Those of members that have ended are empty, and without a
    /// running pool there are none. `home` may be a member's or any other reactor that lives.
    void gather_metrics(Reactor& home, Callback<void(std::vector<ReactorMetrics>)> callback);

private:
    std::shared_ptr<detail::ReactorPoolCore> core_;
};

}  // namespace gyre
