#include <gyre/block.hpp>

#include <algorithm>
#include <new>

namespace gyre {

void BlockRef::free_block(Header* block) noexcept { ::operator delete(block); }

BlockRef BlockPool::allocate(std::size_t size) {
    void* memory = ::operator new(sizeof(BlockRef::Header) + size);
    return BlockRef{new (memory) BlockRef::Header{.references = 1, .capacity = size}};
}

std::span<char> BlockPool::reserve() {
    constexpr std::size_t least = 16 * 1024;
    if (!current_ || (!current_.unique() && block_size - used_ < least)) {
        current_ = allocate(block_size);
        used_ = 0;
    } else if (current_.unique()) {
        used_ = 0;  // nobody kept what was read: the same room serves again
    }
    return {current_.data() + used_, std::min(read_size, block_size - used_)};
}

ReadSlice BlockPool::commit(std::size_t size) noexcept {
    ReadSlice slice{current_, {current_.data() + used_, size}};
    used_ += size;
    return slice;
}

}  // namespace gyre
