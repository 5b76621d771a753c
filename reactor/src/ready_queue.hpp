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
    ~ReadyQueue() {
        while (!empty())
            pop();
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }

    void push(Callback<void()>&& callback) {
        if (size_ == capacity_) grow();
        std::construct_at(at(size_), std::move(callback));
        ++size_;
    }

    Callback<void()> pop() noexcept {
        Callback<void()> callback{std::move(*at(0))};
        std::destroy_at(at(0));
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
    using Allocator = std::allocator<Callback<void()>>;
    struct Free {
        std::size_t capacity;
        void operator()(Callback<void()>* ring) const noexcept {
            Allocator{}.deallocate(ring, capacity);
        }
    };
    // Room for callbacks; only those that wait are there.
    using Ring = std::unique_ptr<Callback<void()>[], Free>;

    Callback<void()>* at(std::size_t index) noexcept {
        return ring_.get() + ((first_ + index) & (capacity_ - 1));
    }

    void grow() {
        const std::size_t capacity = capacity_ == 0 ? 64 : capacity_ * 2;
        Ring ring{Allocator{}.allocate(capacity), Free{capacity}};
        for (std::size_t i = 0; i < size_; ++i) {
            std::construct_at(ring.get() + i, std::move(*at(i)));
            std::destroy_at(at(i));
        }
        ring_ = std::move(ring);
        capacity_ = capacity;
        first_ = 0;
    }

    Ring ring_{nullptr, Free{0}};
    std::size_t capacity_ = 0;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace gyre::detail
