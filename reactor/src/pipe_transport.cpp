#include "pipe_transport.hpp"

#include "sigpipe_guard.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

ssize_t write_buffers(int descriptor, std::span<const std::string_view> buffers) noexcept {
    std::array<iovec, 16> parts;
    const std::size_t count = std::min(buffers.size(), parts.size());
    for (std::size_t i = 0; i < count; ++i)
        parts[i] = {const_cast<char*>(buffers[i].data()), buffers[i].size()};
    return without_sigpipe(
        [&] { return ::writev(descriptor, parts.data(), static_cast<int>(count)); });
}

bool reader_has_gone(int descriptor) noexcept {
    pollfd state{.fd = descriptor, .events = 0, .revents = 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & POLLERR);
}

}  // namespace

PipeTransport::PipeTransport(ReactorRef reactor, Poller& poller, int descriptor, End end) noexcept
    : DescriptorTransport(std::move(reactor), poller, descriptor), end_(end) {}

void PipeTransport::want_read(bool wanted) noexcept {
    DescriptorTransport::want_read(wanted);
    if (shut_down_) post_readable();
}

IOResult PipeTransport::read_some(std::span<char> room) noexcept {
    if (shut_down_) return {.status = IOStatus::end};
    if (Error error = obstacle("read"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    if (end_ == End::writing)
        return {.status = reader_has_gone(descriptor()) ? IOStatus::end : IOStatus::would_block};
    if (room.empty()) return {};
    const ssize_t got = ::read(descriptor(), room.data(), room.size());
    if (got > 0) return {.bytes = static_cast<std::size_t>(got)};
    if (got == 0) return {.status = IOStatus::end};
    return failure("read");
}

IOResult PipeTransport::write_some(std::span<const std::string_view> buffers) noexcept {
    if (Error error = obstacle("write"); ErrorAccess::failed(error))
        return {.status = IOStatus::failed, .error = std::move(error)};
    if (end_ == End::reading)
        return {.status = IOStatus::failed,
                .error = {Errc::not_supported, "write: this pipe is for reading"}};
    const ssize_t written = write_buffers(descriptor(), buffers);
    if (written >= 0) return {.bytes = static_cast<std::size_t>(written)};
    return failure("write");
}

void PipeTransport::shutdown_write() noexcept {
    if (end_ == End::reading || descriptor() < 0) return;
    close_descriptor();
    shut_down_ = true;
    post_readable();
}

void PipeTransport::close() noexcept {
    shut_down_ = false;
    leave();
}

}  // namespace gyre::detail
