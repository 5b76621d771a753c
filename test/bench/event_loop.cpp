// What a hop through the loop costs: a callback that registers the next one. The peers do the same
// in their own way: Asio posts, libuv starts an idle handle, libevent activates an event. Time is
// the processor's, an iteration is one hop.
#include "chain_node.hpp"
#include "peers.hpp"
#include <gyre/reactor.hpp>

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <thread>

namespace gyre::bench {
namespace {

constexpr int hops = 100'000;

struct GyreHop {
    Reactor& reactor;
    int& left;
    void operator()() const {
        if (--left > 0) reactor.add_callback(GyreHop{*this});
    }
};

void chain_gyre(benchmark::State& state, bool traced) {
    detail::set_tracing(traced);
    Reactor reactor;
    while (state.KeepRunningBatch(hops)) {
        int left = hops;
        reactor.add_callback(GyreHop{reactor, left});
        reactor.run();
    }
    detail::set_tracing(false);
}
BENCHMARK_CAPTURE(chain_gyre, untraced, false);
BENCHMARK_CAPTURE(chain_gyre, traced, true);

struct AsioHop {
    boost::asio::io_context& context;
    int& left;
    void operator()() const {
        if (--left > 0) boost::asio::post(context, AsioHop{*this});
    }
};

void chain_asio(benchmark::State& state) {
    boost::asio::io_context context{1};
    while (state.KeepRunningBatch(hops)) {
        int left = hops;
        boost::asio::post(context, AsioHop{context, left});
        context.run();
        context.restart();
    }
}
BENCHMARK(chain_asio);

// An idle handle runs once a turn, and each turn looks at epoll without waiting; no other way of
// libuv's leads to a later callback on the same thread.
void chain_libuv(benchmark::State& state) {
    UvLoop loop;
    struct Chain {
        uv_idle_t idle;
        int left;
    } chain{};
    uv_idle_init(loop.get(), &chain.idle);
    chain.idle.data = &chain;
    const uv_idle_cb hop = [](uv_idle_t* idle) {
        auto* self = static_cast<Chain*>(idle->data);
        if (--self->left == 0) uv_idle_stop(idle);
    };
    while (state.KeepRunningBatch(hops)) {
        chain.left = hops;
        uv_idle_start(&chain.idle, hop);
        loop.run();
    }
}
BENCHMARK(chain_libuv);

void chain_libevent(benchmark::State& state) {
    EventBase base;
    struct Chain {
        event* next;
        int left;
    } chain{};
    chain.next = event_new(
        base.get(), -1, 0,
        [](int, short, void* self) {
            auto* c = static_cast<Chain*>(self);
            if (--c->left > 0) event_active(c->next, EV_TIMEOUT, 0);
        },
        &chain);
    while (state.KeepRunningBatch(hops)) {
        chain.left = hops;
        event_active(chain.next, EV_TIMEOUT, 0);
        base.run();
    }
    event_free(chain.next);
}
BENCHMARK(chain_libevent);

// Callbacks from another thread, in a burst while the loop runs. Both threads' time counts.
void cross_thread_gyre(benchmark::State& state) {
    Reactor reactor;
    while (state.KeepRunningBatch(hops)) {
        int left = hops;
        const Timeout keep = reactor.call_later(std::chrono::hours{1}, [] {});
        std::thread other{[&] {
            for (int i = 0; i < hops; ++i)
                reactor.add_callback([&] {
                    if (--left == 0) keep.cancel();
                });
        }};
        reactor.run();
        other.join();
    }
}
BENCHMARK(cross_thread_gyre)->MeasureProcessCPUTime();

void cross_thread_asio(benchmark::State& state) {
    boost::asio::io_context context;
    while (state.KeepRunningBatch(hops)) {
        int left = hops;
        auto guard = boost::asio::make_work_guard(context);
        std::thread other{[&] {
            for (int i = 0; i < hops; ++i)
                boost::asio::post(context, [&] {
                    if (--left == 0) guard.reset();
                });
        }};
        context.run();
        other.join();
        context.restart();
    }
}
BENCHMARK(cross_thread_asio)->MeasureProcessCPUTime();

// libuv merges wake-ups and has no queue, so only the sending is counted for it.
void cross_thread_libuv_send_only(benchmark::State& state) {
    UvLoop loop;
    while (state.KeepRunningBatch(hops)) {
        uv_async_t async;
        std::atomic<bool> all_sent{false};
        async.data = &all_sent;
        uv_async_init(loop.get(), &async, [](uv_async_t* handle) {
            const auto* sent = static_cast<std::atomic<bool>*>(handle->data);
            if (*sent) uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
        });
        std::thread other{[&] {
            for (int i = 0; i < hops; ++i)
                uv_async_send(&async);
            all_sent = true;
            uv_async_send(&async);
        }};
        loop.run();
        other.join();
    }
}
BENCHMARK(cross_thread_libuv_send_only)->MeasureProcessCPUTime();

}  // namespace
}  // namespace gyre::bench
