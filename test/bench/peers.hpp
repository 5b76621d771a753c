#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include <unistd.h>
#include <uv.h>

namespace gyre::bench {

/// The resident memory of this process, in bytes.
inline std::size_t resident_memory() {
    unsigned long whole = 0;
    unsigned long resident = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%lu %lu", &whole, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The same random delays for everybody, one after another and again from the start.
class Delays {
public:
    Delays(std::chrono::nanoseconds least, std::chrono::nanoseconds most) {
        std::mt19937_64 random{7};
        std::uniform_int_distribution<std::int64_t> spread{least.count(), most.count()};
        for (std::chrono::nanoseconds& delay : delays_)
            delay = std::chrono::nanoseconds{spread(random)};
    }
    std::chrono::nanoseconds next() { return delays_[index_++ % delays_.size()]; }

private:
    std::vector<std::chrono::nanoseconds> delays_ = std::vector<std::chrono::nanoseconds>(65536);
    std::size_t index_ = 0;
};

/// libuv counts in milliseconds.
inline std::uint64_t to_milliseconds(std::chrono::nanoseconds delay) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(delay).count());
}

inline timeval to_timeval(std::chrono::nanoseconds delay) {
    return {.tv_sec = static_cast<time_t>(delay.count() / 1'000'000'000),
            .tv_usec = static_cast<suseconds_t>(delay.count() % 1'000'000'000 / 1000)};
}

class UvLoop {
public:
    UvLoop() { uv_loop_init(&loop_); }
    UvLoop(const UvLoop&) = delete;
    UvLoop& operator=(const UvLoop&) = delete;
    ~UvLoop() {
        uv_walk(
            &loop_,
            [](uv_handle_t* handle, void*) {
                if (!uv_is_closing(handle)) uv_close(handle, nullptr);
            },
            nullptr);
        run();
        uv_loop_close(&loop_);
    }
    uv_loop_t* get() { return &loop_; }
    void run() { uv_run(&loop_, UV_RUN_DEFAULT); }
    void poll() { uv_run(&loop_, UV_RUN_NOWAIT); }

private:
    uv_loop_t loop_;
};

class EventBase {
public:
    EventBase() : base_(event_base_new()) {}
    EventBase(const EventBase&) = delete;
    EventBase& operator=(const EventBase&) = delete;
    ~EventBase() { event_base_free(base_); }
    event_base* get() { return base_; }
    void run() { event_base_dispatch(base_); }
    void poll() { event_base_loop(base_, EVLOOP_NONBLOCK); }

private:
    event_base* base_;
};

}  // namespace gyre::bench
