// Timers: to set and cancel one beside few and beside a million others, and to let them fire. Time
// is the processor's, an iteration is one timer. The million is made once for each library; what it
// added to the resident memory is the column bytes_each (for Asio, libuv and libevent including the
// timer objects, which are the program's).
#include "peers.hpp"
#include <gyre/reactor.hpp>

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace gyre::bench {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t few = 10;
constexpr std::size_t million = 1'000'000;
constexpr std::size_t batch = 1024;
Delays far_delays() { return {seconds{30}, hours{2}}; }
Delays sooner_delays() { return {seconds{10}, seconds{20}}; }
Delays near_delays() { return {milliseconds{0}, milliseconds{20}}; }

class GyreTimers {
public:
    explicit GyreTimers(std::size_t pending) {
        pending_.reserve(pending);
        for (std::size_t i = 0; i < pending; ++i)
            pending_.push_back(make());
        poll();
    }
    Timeout make() {
        return reactor_.call_later(delays_.next(), [this] { ++fired_; });
    }
    void add_and_cancel() { make().cancel(); }
    void add(std::size_t index) { added_[index] = make(); }
    void cancel(std::size_t index) { added_[index].cancel(); }
    void replace(std::size_t index) {
        pending_[index].cancel();
        pending_[index] = make();
    }
    /// From now on those that are set come before all that are pending.
    void set_sooner() { delays_ = sooner_delays(); }
    void poll() { reactor_.poll(); }

private:
    Reactor reactor_;
    Delays delays_ = far_delays();
    std::size_t fired_ = 0;
    std::vector<Timeout> pending_;
    std::vector<Timeout> added_ = std::vector<Timeout>(batch);
};

class AsioTimers {
public:
    explicit AsioTimers(std::size_t pending) {
        for (std::size_t i = 0; i < pending; ++i)
            start(pending_.emplace_back(context_));
        for (std::size_t i = 0; i < batch; ++i)
            added_.emplace_back(context_);
        poll();
    }
    void start(boost::asio::steady_timer& timer) {
        timer.expires_after(delays_.next());
        timer.async_wait([this](boost::system::error_code) { ++fired_; });
    }
    void add_and_cancel() {
        start(added_[0]);
        added_[0].cancel();
        if (++unpolled_ % batch == 0) poll();
    }
    void add(std::size_t index) { start(added_[index]); }
    void cancel(std::size_t index) { added_[index].cancel(); }
    void replace(std::size_t index) {
        start(pending_[index]);
        if (++unpolled_ % batch == 0) poll();
    }
    /// From now on those that are set come before all that are pending.
    void set_sooner() { delays_ = sooner_delays(); }
    void poll() { context_.poll(); }

private:
    boost::asio::io_context context_{1};
    Delays delays_ = far_delays();
    std::size_t fired_ = 0;
    std::size_t unpolled_ = 0;
    std::deque<boost::asio::steady_timer> pending_;
    std::deque<boost::asio::steady_timer> added_;
};

class UvTimers {
public:
    explicit UvTimers(std::size_t pending) : pending_(pending), added_(batch) {
        for (uv_timer_t& timer : pending_) {
            uv_timer_init(loop_.get(), &timer);
            start(timer);
        }
        for (uv_timer_t& timer : added_)
            uv_timer_init(loop_.get(), &timer);
        poll();
    }
    void start(uv_timer_t& timer) {
        uv_timer_start(&timer, [](uv_timer_t*) {}, to_milliseconds(delays_.next()), 0);
    }
    void add_and_cancel() {
        start(added_[0]);
        uv_timer_stop(added_.data());
    }
    void add(std::size_t index) { start(added_[index]); }
    void cancel(std::size_t index) { uv_timer_stop(&added_[index]); }
    void replace(std::size_t index) { start(pending_[index]); }
    /// From now on those that are set come before all that are pending.
    void set_sooner() { delays_ = sooner_delays(); }
    void poll() { loop_.poll(); }

private:
    std::vector<uv_timer_t> pending_;
    std::vector<uv_timer_t> added_;
    UvLoop loop_;
    Delays delays_ = far_delays();
};

class EventTimers {
public:
    explicit EventTimers(std::size_t pending) : pending_(pending), added_(batch) {
        for (event& timer : pending_) {
            assign(timer);
            start(timer);
        }
        for (event& timer : added_)
            assign(timer);
        poll();
    }
    ~EventTimers() {
        for (event& timer : pending_)
            event_del(&timer);
    }
    EventTimers(const EventTimers&) = delete;
    EventTimers& operator=(const EventTimers&) = delete;
    void assign(event& timer) {
        event_assign(&timer, base_.get(), -1, 0, [](int, short, void*) {}, nullptr);
    }
    void start(event& timer) {
        const timeval delay = to_timeval(delays_.next());
        event_add(&timer, &delay);
    }
    void add_and_cancel() {
        start(added_[0]);
        event_del(added_.data());
    }
    void add(std::size_t index) { start(added_[index]); }
    void cancel(std::size_t index) { event_del(&added_[index]); }
    void replace(std::size_t index) { start(pending_[index]); }
    /// From now on those that are set come before all that are pending.
    void set_sooner() { delays_ = sooner_delays(); }
    void poll() { base_.poll(); }

private:
    std::vector<event> pending_;
    std::vector<event> added_;
    EventBase base_;
    Delays delays_ = far_delays();
};

/// A library's loop with timers pending, made at its first use and kept for the whole run.
template <class Timers, std::size_t Pending>
struct Fixture {
    Fixture() : before(resident_memory()), timers(std::make_unique<Timers>(Pending)) {
        bytes_each = (static_cast<double>(resident_memory()) - static_cast<double>(before)) /
                     static_cast<double>(Pending);
    }
    static Fixture& get() {
        static Fixture fixture;
        return fixture;
    }
    std::size_t before;
    std::unique_ptr<Timers> timers;
    double bytes_each;
};

template <class Timers, std::size_t Pending>
void add_cancel(benchmark::State& state) {
    auto& fixture = Fixture<Timers, Pending>::get();
    for (auto _ : state)
        fixture.timers->add_and_cancel();
    if (Pending == million) state.counters["bytes_each"] = fixture.bytes_each;
}
BENCHMARK_TEMPLATE(add_cancel, GyreTimers, few);
BENCHMARK_TEMPLATE(add_cancel, AsioTimers, few);
BENCHMARK_TEMPLATE(add_cancel, UvTimers, few);
BENCHMARK_TEMPLATE(add_cancel, EventTimers, few);
BENCHMARK_TEMPLATE(add_cancel, GyreTimers, million);
BENCHMARK_TEMPLATE(add_cancel, AsioTimers, million);
BENCHMARK_TEMPLATE(add_cancel, UvTimers, million);
BENCHMARK_TEMPLATE(add_cancel, EventTimers, million);

// A batch set in one turn of the loop and canceled in a later one.
template <class Timers, std::size_t Pending>
void add_turn_cancel(benchmark::State& state) {
    Timers& timers = *Fixture<Timers, Pending>::get().timers;
    while (state.KeepRunningBatch(batch)) {
        for (std::size_t i = 0; i < batch; ++i)
            timers.add(i);
        timers.poll();
        for (std::size_t i = 0; i < batch; ++i)
            timers.cancel(i);
        timers.poll();
    }
}
BENCHMARK_TEMPLATE(add_turn_cancel, GyreTimers, million);
BENCHMARK_TEMPLATE(add_turn_cancel, AsioTimers, million);
BENCHMARK_TEMPLATE(add_turn_cancel, UvTimers, million);
BENCHMARK_TEMPLATE(add_turn_cancel, EventTimers, million);

// Any one of the million canceled and set anew, which mostly costs the way to its memory.
template <class Timers>
void replace_any(benchmark::State& state) {
    Timers& timers = *Fixture<Timers, million>::get().timers;
    std::minstd_rand random{3};
    for (auto _ : state)
        timers.replace(random() % million);
}
BENCHMARK_TEMPLATE(replace_any, GyreTimers);
BENCHMARK_TEMPLATE(replace_any, AsioTimers);
BENCHMARK_TEMPLATE(replace_any, UvTimers);
BENCHMARK_TEMPLATE(replace_any, EventTimers);

// One that would be the first of all, as a time-out of a request is beside longer ones.
template <class Timers>
void add_cancel_sooner(benchmark::State& state) {
    Timers& timers = *Fixture<Timers, million>::get().timers;
    timers.set_sooner();
    for (auto _ : state)
        timers.add_and_cancel();
}
BENCHMARK_TEMPLATE(add_cancel_sooner, GyreTimers);
BENCHMARK_TEMPLATE(add_cancel_sooner, AsioTimers);
BENCHMARK_TEMPLATE(add_cancel_sooner, UvTimers);
BENCHMARK_TEMPLATE(add_cancel_sooner, EventTimers);

// Set within 20 ms, wait for all of them, in a loop without others.
constexpr std::size_t firing = 20'000;

void fire_gyre(benchmark::State& state) {
    Reactor reactor;
    Delays delays = near_delays();
    std::size_t fired = 0;
    while (state.KeepRunningBatch(firing)) {
        for (std::size_t i = 0; i < firing; ++i)
            reactor.call_later(delays.next(), [&fired] { ++fired; });
        reactor.run();
    }
}
BENCHMARK(fire_gyre);

void fire_asio(benchmark::State& state) {
    boost::asio::io_context context{1};
    Delays delays = near_delays();
    std::size_t fired = 0;
    std::deque<boost::asio::steady_timer> timers;
    for (std::size_t i = 0; i < firing; ++i)
        timers.emplace_back(context);
    while (state.KeepRunningBatch(firing)) {
        for (boost::asio::steady_timer& timer : timers) {
            timer.expires_after(delays.next());
            timer.async_wait([&fired](boost::system::error_code) { ++fired; });
        }
        context.run();
        context.restart();
    }
}
BENCHMARK(fire_asio);

void fire_libuv(benchmark::State& state) {
    std::vector<uv_timer_t> timers(firing);
    UvLoop loop;
    Delays delays = near_delays();
    for (uv_timer_t& timer : timers)
        uv_timer_init(loop.get(), &timer);
    while (state.KeepRunningBatch(firing)) {
        for (uv_timer_t& timer : timers)
            uv_timer_start(&timer, [](uv_timer_t*) {}, to_milliseconds(delays.next()), 0);
        loop.run();
    }
}
BENCHMARK(fire_libuv);

void fire_libevent(benchmark::State& state) {
    std::vector<event> timers(firing);
    EventBase base;
    Delays delays = near_delays();
    for (event& timer : timers)
        event_assign(&timer, base.get(), -1, 0, [](int, short, void*) {}, nullptr);
    while (state.KeepRunningBatch(firing)) {
        for (event& timer : timers) {
            const timeval delay = to_timeval(delays.next());
            event_add(&timer, &delay);
        }
        base.run();
    }
}
BENCHMARK(fire_libevent);

}  // namespace
}  // namespace gyre::bench
