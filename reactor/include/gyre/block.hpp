#pragma once

#include <gyre/export.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace gyre {

class BlockPool;

/// A reference to a pooled block of bytes: what is read stays valid while a reference to its block
/// lives. Counted without atomics: only on the reactor's thread.
class GYRE_API BlockRef {
public:
    BlockRef() noexcept = default;
    BlockRef(const BlockRef& other) noexcept : block_(other.block_) {
        if (block_) ++block_->references;
    }
    BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    BlockRef& operator=(BlockRef other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~BlockRef() {
        if (block_ && --block_->references == 0) free_block(block_);
    }

    char* data() const noexcept { return reinterpret_cast<char*>(block_ + 1); }
    std::size_t capacity() const noexcept { return block_->capacity; }
    /// True if no other reference to the block exists.
    bool unique() const noexcept { return block_->references == 1; }
    explicit operator bool() const noexcept { return block_ != nullptr; }

private:
    friend class BlockPool;
    struct Header {
        std::size_t references;
        std::size_t capacity;
    };
    explicit BlockRef(Header* block) noexcept : block_(block) {}
    static void free_block(Header* block) noexcept;

    Header* block_ = nullptr;
};

/// The bytes of one read, and the block they lie in.
struct ReadSlice {
    BlockRef block;
    std::string_view bytes;
};

/// The reactor's memory for reading. One large block serves one connection after another; a read
/// whose slice is kept pins its part, and the next read goes behind it or into a fresh block. So an
/// idle connection holds nothing, and many small pinned reads share a block.
class GYRE_API BlockPool {
public:
    static constexpr std::size_t block_size = 128 * 1024;
    /// The most that is offered for one read, which is also the fair share of a turn.
    static constexpr std::size_t read_size = 64 * 1024;

    /// Room for one read: 16 KB at least, `read_size` at most. Valid until the next call.
    std::span<char> reserve();
    /// The first `size` bytes of the reserved room, as a slice.
    ReadSlice commit(std::size_t size) noexcept;
    /// A block of its own of at least `size` bytes, for what must outlast the turn.
    static BlockRef allocate(std::size_t size);

private:
    BlockRef current_;
    std::size_t used_ = 0;
};

}  // namespace gyre
