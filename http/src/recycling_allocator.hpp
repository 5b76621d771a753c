#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GYRE_RECYCLES_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GYRE_RECYCLES_MEMORY 0
#endif
#endif
#ifndef GYRE_RECYCLES_MEMORY
#define GYRE_RECYCLES_MEMORY 1
#endif

namespace gyre::http::detail {

// For std::allocate_shared of objects that are large, come and go all the time and all have one
// size: the memory of the last few is kept for the next ones, on each thread. Under a sanitizer it
// is not, since that looks at who uses memory that was given back.
template <class T>
class RecyclingAllocator {
public:
    using value_type = T;

    RecyclingAllocator() noexcept = default;
    template <class U>
    RecyclingAllocator(const RecyclingAllocator<U>&) noexcept {}

    T* allocate(std::size_t count) {
        Spare& spare = Spare::of_thread();
        if (count != 1 || spare.blocks.empty()) return std::allocator<T>{}.allocate(count);
        T* const block = spare.blocks.back();
        spare.blocks.pop_back();
        return block;
    }

    void deallocate(T* block, std::size_t count) noexcept {
        Spare& spare = Spare::of_thread();
        if (count != 1 || spare.blocks.size() == spare.blocks.capacity())
            return std::allocator<T>{}.deallocate(block, count);
        spare.blocks.push_back(block);
    }

    template <class U>
    friend bool operator==(const RecyclingAllocator&, const RecyclingAllocator<U>&) noexcept {
        return true;
    }

private:
    static constexpr std::size_t most_spare = GYRE_RECYCLES_MEMORY ? 64 : 0;

    // Its capacity is what it may hold, so that giving back never allocates. It is zero before and
    // after the thread's own time, when blocks may still come and go.
    struct Spare {
        std::vector<T*> blocks;

        Spare() { blocks.reserve(most_spare); }
        Spare(const Spare&) = delete;
        Spare& operator=(const Spare&) = delete;
        ~Spare() {
            for (T* const block : blocks)
                std::allocator<T>{}.deallocate(block, 1);
            std::vector<T*>{}.swap(blocks);
        }

        static Spare& of_thread() noexcept {
            static thread_local Spare spare;
            return spare;
        }
    };
};

}  // namespace gyre::http::detail
