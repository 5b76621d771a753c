#pragma once

#include <gyre/callback.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace gyre::detail {

/// Callbacks that wait for their turn, first in, first out: a ring that grows by doubling.
class ReadyQueue {
public:
    ReadyQueue() = default;
    ReadyQueue(const ReadyQueue&) = delete;
    ReadyQueue& operator=(const ReadyQueue&) = delete;

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }

    void push(Callback<void()> callback) {
        if (size_ == capacity_) grow();
        ring_[(first_ + size_) & (capacity_ - 1)] = std::move(callback);
        ++size_;
    }

    Callback<void()> pop() noexcept {
        Callback<void()> callback = std::move(ring_[first_]);
        first_ = (first_ + 1) & (capacity_ - 1);
        --size_;
        return callback;
    }

    /// In the order in which they will run.
    template <class Visit>
    void for_each(Visit visit) const {
        for (std::size_t i = 0; i < size_; ++i)
            visit(ring_[(first_ + i) & (capacity_ - 1)]);
    }

    /// Releases every callback without calling it.
    void discard() noexcept {
        while (!empty())
            pop().discard();
    }

private:
    void grow() {
        const std::size_t capacity = capacity_ == 0 ? 64 : capacity_ * 2;
        auto ring = std::make_unique<Callback<void()>[]>(capacity);
        for (std::size_t i = 0; i < size_; ++i)
            ring[i] = std::move(ring_[(first_ + i) & (capacity_ - 1)]);
        ring_ = std::move(ring);
        capacity_ = capacity;
        first_ = 0;
    }

    std::unique_ptr<Callback<void()>[]> ring_;
    std::size_t capacity_ = 0;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace gyre::detail
