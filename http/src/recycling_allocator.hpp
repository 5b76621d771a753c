#pragma once

#include <array>
#include <cstddef>
#include <memory>

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
        if (count != 1 || spare.count == 0) return std::allocator<T>{}.allocate(count);
        return spare.blocks[--spare.count];
    }

    void deallocate(T* block, std::size_t count) noexcept {
        static thread_local const Keeper keeper;
        if (count != 1 || spare.count == spare.limit)
            return std::allocator<T>{}.deallocate(block, count);
        spare.blocks[spare.count++] = block;
    }

    template <class U>
    friend bool operator==(const RecyclingAllocator&, const RecyclingAllocator<U>&) noexcept {
        return true;
    }

private:
    static constexpr std::size_t most_spare = GYRE_RECYCLES_MEMORY ? 64 : 0;

    // Needs no destructor, so it can be asked to the very end of a thread, when objects of static
    // storage still give memory back.
    struct Spare {
        std::array<T*, 64> blocks{};
        std::size_t count = 0;
        std::size_t limit = most_spare;
    };
    static inline constinit thread_local Spare spare{};

    // Gives it all back with its thread.
    struct Keeper {
        Keeper() noexcept = default;
        Keeper(const Keeper&) = delete;
        Keeper& operator=(const Keeper&) = delete;
        ~Keeper() {
            spare.limit = 0;
            while (spare.count > 0)
                std::allocator<T>{}.deallocate(spare.blocks[--spare.count], 1);
        }
    };
};

}  // namespace gyre::http::detail
