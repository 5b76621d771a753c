#pragma once

#include <gyre/callback.hpp>
#include <gyre/timeout.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace gyre::detail {

class TimerQueue;
struct TimerSlot;

/// One call that was arranged for later. Its references are those of its handles and, while it
/// waits, the queue's; the last one may be let go of on any thread, for what the callback holds is
/// gone by then.
struct Timer {
    explicit Timer(Callback<void()>&& function) noexcept : callback(std::move(function)) {}

    void set_index(std::size_t value) noexcept {
        index = static_cast<std::uint32_t>(value) & 0x7fffffff;
    }

    static void* operator new(std::size_t size);
    static void operator delete(void* memory) noexcept;

    Callback<void()> callback;
    TimerQueue* queue = nullptr;  // null when it no longer waits
    TimerSlot* slot = nullptr;    // its place in the queue's tree
    std::uint32_t index : 31 = 0;
    std::uint32_t counted : 1 = 1;  // `run` waits for it
    std::atomic<std::uint32_t> references{1};
};

struct ReleaseTimer {
    void operator()(Timer* timer) const noexcept { release_timer(timer); }
};
/// One reference to a timer.
using TimerRef = std::unique_ptr<Timer, ReleaseTimer>;

}  // namespace gyre::detail
