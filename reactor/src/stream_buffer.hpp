#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gyre::detail {

/// What was read from a stream and not yet asked for. Empty it holds hardly any memory. No I/O.
class StreamBuffer {
public:
    void append(std::string_view bytes) { bytes_.append(bytes); }
    std::string_view unread() const noexcept { return std::string_view{bytes_}.substr(consumed_); }
    bool empty() const noexcept { return consumed_ == bytes_.size(); }
    std::size_t size() const noexcept { return bytes_.size() - consumed_; }

    /// The first `size` bytes, which are gone then.
    std::string take(std::size_t size);
    /// Lets go of the first `size` bytes, which stay where they are until `compact`.
    void consume(std::size_t size) noexcept { consumed_ += size; }
    /// Gives memory back that is no longer needed.
    void compact() noexcept;
    void clear() noexcept;

private:
    std::string bytes_;
    std::size_t consumed_ = 0;
};

}  // namespace gyre::detail
