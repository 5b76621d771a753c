#include "timer.hpp"

#include "timer_queue.hpp"

namespace gyre {
namespace detail {

void retain_timer(Timer* timer) noexcept {
    timer->references.fetch_add(1, std::memory_order_relaxed);
}

void release_timer(Timer* timer) noexcept {
    // Who holds the only reference need not count it down: nobody can take another one.
    if (timer->references.load(std::memory_order_acquire) == 1 ||
        timer->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
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
