#include "stream_buffer.hpp"

#include <utility>

namespace gyre::detail {

std::string StreamBuffer::take(std::size_t size) {
    std::string taken;
    if (consumed_ == 0 && size == bytes_.size()) {
        taken = std::exchange(bytes_, {});
    } else {
        taken = bytes_.substr(consumed_, size);
        consume(size);
    }
    compact();
    return taken;
}

void StreamBuffer::compact() noexcept {
    if (empty()) {
        clear();
    } else if (consumed_ > bytes_.size() / 2) {
        bytes_.erase(0, consumed_);  // amortised: at least as much was consumed as is moved
        consumed_ = 0;
    }
}

void StreamBuffer::clear() noexcept {
    constexpr std::size_t worth_keeping = 4096;
    bytes_.clear();
    consumed_ = 0;
    if (bytes_.capacity() > worth_keeping) bytes_.shrink_to_fit();
}

}  // namespace gyre::detail
