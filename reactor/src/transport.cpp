#include <gyre/error_access.hpp>
#include <gyre/transport.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include <unistd.h>

namespace gyre {
namespace {

// As much as TLS takes in one go. Kept by each thread that has ever sent a file this way.
constexpr std::size_t buffer_size = 64 * 1024;

char* buffer() noexcept {
    thread_local const std::unique_ptr<char[]> bytes{new (std::nothrow) char[buffer_size]};
    return bytes.get();
}

IOResult failed(Error error) noexcept {
    return {.status = IOStatus::failed, .error = std::move(error)};
}

}  // namespace

namespace detail {

IOResult read_file(int descriptor, std::uint64_t offset, std::span<char> room) {
    std::size_t got = 0;
    while (got < room.size()) {
        const ssize_t size = ::pread(descriptor, room.data() + got, room.size() - got,
                                     static_cast<off_t>(offset + got));
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return failed(system_error(errno, "read of a file that is sent"));
        if (size == 0) return failed(file_became_shorter());
        got += static_cast<std::size_t>(size);
    }
    return {.bytes = got};
}

Error file_became_shorter() { return {Errc::truncated, "a file became shorter while it was sent"}; }

}  // namespace detail

IOResult Transport::send_file(int descriptor, std::uint64_t offset, std::size_t count) noexcept {
    char* const bytes = buffer();
    if (!bytes) return failed({Errc::out_of_memory, "no memory to send a file"});
    const std::size_t wanted = std::min(count, buffer_size);
    IOResult read = detail::read_file(descriptor, offset, {bytes, wanted});
    if (read.status != IOStatus::ok) return read;
    const std::string_view part{bytes, wanted};
    return write_some({&part, 1});
}

}  // namespace gyre
