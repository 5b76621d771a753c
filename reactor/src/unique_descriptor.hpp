#pragma once

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::detail {

/// Owns a descriptor; -1 is none. Letting go of one leaves errno alone, so that what has just
/// failed can still be told.
class UniqueDescriptor {
public:
    UniqueDescriptor() noexcept = default;
    explicit UniqueDescriptor(int descriptor) noexcept : descriptor_(descriptor) {}
    UniqueDescriptor(UniqueDescriptor&& other) noexcept : descriptor_(other.release()) {}
    UniqueDescriptor& operator=(UniqueDescriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    UniqueDescriptor(const UniqueDescriptor&) = delete;
    UniqueDescriptor& operator=(const UniqueDescriptor&) = delete;
    ~UniqueDescriptor() { reset(); }

    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    int get() const noexcept { return descriptor_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }
    void reset(int descriptor = -1) noexcept {
        const int error_number = errno;
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = descriptor;
        errno = error_number;
    }

private:
    int descriptor_ = -1;
};

/// Descriptors below are the standard ones, also when they are closed: what takes their place is
/// written to by any `printf`, and a child inherits it.
inline constexpr int first_above_stdio = 3;

/// A duplicate in a safe place; empty, with errno set, if there is none.
inline UniqueDescriptor duplicate_above_stdio(int descriptor) noexcept {
    return UniqueDescriptor{::fcntl(descriptor, F_DUPFD_CLOEXEC, first_above_stdio)};
}

/// The descriptor itself, or a duplicate of it in a safe place.
inline UniqueDescriptor lift_above_stdio(UniqueDescriptor descriptor) noexcept {
    if (!descriptor || descriptor.get() >= first_above_stdio) return descriptor;
    return duplicate_above_stdio(descriptor.get());
}

}  // namespace gyre::detail
