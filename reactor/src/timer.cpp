#include "timer.hpp"

#include "timer_queue.hpp"

#include <new>
#include <utility>

#include <sys/single_threaded.h>

namespace gyre {
namespace detail {
namespace {

// In a program without threads the processor need not make sure that it is alone.
std::uint32_t add(std::atomic<std::uint32_t>& count, std::uint32_t change) noexcept {
    if (!__libc_single_threaded) return count.fetch_add(change, std::memory_order_acq_rel);
    const std::uint32_t before = count.load(std::memory_order_relaxed);
    count.store(before + change, std::memory_order_relaxed);
    return before;
}

/// Memory of timers that are gone, which the next ones of this thread get. Not where memory is
/// being checked.
struct SpareTimers {
    struct Link {
        Link* next;
    };
#ifdef NDEBUG
    static constexpr std::size_t most = 256;
#else
    static constexpr std::size_t most = 0;
#endif

    Link* first = nullptr;
    std::size_t count = 0;

    ~SpareTimers() {
        while (first)
            ::operator delete(std::exchange(first, first->next));
        gone = true;
    }

    // A timer may go even later. What the destructor writes to the object itself would be lost.
    static inline thread_local bool gone = false;
};
thread_local SpareTimers spare;

}  // namespace

void* Timer::operator new(std::size_t size) {
    if (SpareTimers::gone || !spare.first) return ::operator new(size);
    --spare.count;
    return std::exchange(spare.first, spare.first->next);
}

void Timer::operator delete(void* memory) noexcept {
    if (SpareTimers::gone || spare.count == SpareTimers::most) return ::operator delete(memory);
    ++spare.count;
    spare.first = new (memory) SpareTimers::Link{spare.first};
}

void retain_timer(Timer* timer) noexcept { add(timer->references, 1); }

void release_timer(Timer* timer) noexcept {
    // Who holds the only reference need not count it down: nobody can take another one.
    if (timer->references.load(std::memory_order_acquire) == 1 ||
        add(timer->references, static_cast<std::uint32_t>(-1)) == 1)
        delete timer;
}

}  // namespace detail

void Timeout::cancel() const noexcept {
    if (timer_ && timer_->queue) timer_->queue->cancel(*timer_);
}

void Timeout::unref() const noexcept {
    if (timer_ && timer_->queue) timer_->queue->unref(*timer_);
}

bool Timeout::active() const noexcept { return timer_ && timer_->queue; }

}  // namespace gyre
