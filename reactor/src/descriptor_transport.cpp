#include "descriptor_transport.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace gyre::detail {

DescriptorTransport::DescriptorTransport(ReactorRef reactor, Poller& poller,
                                         int descriptor) noexcept
    : reactor_(std::move(reactor)), poller_(poller), descriptor_(descriptor) {}

void DescriptorTransport::watch(std::uint32_t events) noexcept {
    if (descriptor_ < 0 || !reactor_.alive()) return;
    if (std::exchange(unwatched_, 0) != 0)  // nothing that failed to be watched for is forgotten
        events |=
            (want_read_ ? std::uint32_t{EPOLLIN} : 0) | (want_write_ ? std::uint32_t{EPOLLOUT} : 0);
    if (!registered_) {
        const Error error = poller_.add(descriptor_, events, *this);
        if (ErrorAccess::failed(error)) return on_unwatched(error.code());
        registered_ = true;
    } else if (events != watched_ && !poller_.modify(descriptor_, events, *this)) {
        return on_unwatched(errno);
    }
    watched_ = events;
}

// No event would ever come: the listener is told once, and reading and writing say why.
void DescriptorTransport::on_unwatched(int error_number) noexcept {
    unwatched_ = error_number;
    watched_ = 0;
    if (!self_) self_ = std::make_shared<DescriptorTransport*>(this);
    reactor_.post([self = self_] {
        if (*self && (*self)->unwatched_ != 0) (*self)->on_poll_events(EPOLLERR);
    });
}

void DescriptorTransport::want_read(bool wanted) noexcept {
    want_read_ = wanted;
    if (wanted && !(watched_ & EPOLLIN)) watch(watched_ | EPOLLIN);
}

void DescriptorTransport::want_write(bool wanted) noexcept {
    want_write_ = wanted;
    if (wanted != ((watched_ & EPOLLOUT) != 0)) watch(watched_ ^ EPOLLOUT);
}

void DescriptorTransport::on_poll_events(std::uint32_t events) noexcept {
    constexpr std::uint32_t broken = EPOLLHUP | EPOLLERR;
    if (!listener_ || (events & broken && !want_read_ && !want_write_)) return tell_hangup();
    if (events & EPOLLIN && !want_read_) watch(watched_ & ~std::uint32_t{EPOLLIN});
    if (events & (EPOLLIN | broken) && want_read_) listener_->on_readable();
    if (events & (EPOLLOUT | broken) && want_write_ && descriptor_ >= 0 && listener_)
        listener_->on_writable();
}

void DescriptorTransport::tell_hangup() noexcept {
    // epoll would report it for ever.
    if (registered_) poller_.remove(descriptor_, *this);
    registered_ = false;
    watched_ = 0;
    if (listener_) listener_->on_hangup();
}

void DescriptorTransport::leave() noexcept {
    if (self_) *std::exchange(self_, nullptr) = nullptr;
    want_read_ = want_write_ = false;
    listener_ = nullptr;
    close_descriptor();
}

void DescriptorTransport::close_descriptor() noexcept {
    if (descriptor_ < 0) return;
    if (registered_ && reactor_.alive()) poller_.remove(descriptor_, *this);
    registered_ = false;
    ::close(descriptor_);
    descriptor_ = -1;
}

void DescriptorTransport::post_readable() noexcept {
    if (!want_read_ || std::exchange(posted_, true)) return;
    if (!self_) self_ = std::make_shared<DescriptorTransport*>(this);
    reactor_.post([self = self_] {
        if (!*self) return;
        (*self)->posted_ = false;
        (*self)->on_poll_events(EPOLLIN);
    });
}

Error DescriptorTransport::obstacle(const char* operation) const {
    if (descriptor_ < 0) return {Errc::closed, "closed"};
    if (unwatched_ != 0) return system_error(unwatched_, operation);
    return {};
}

IOResult DescriptorTransport::failure(const char* operation) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return {.status = IOStatus::would_block};
    return {.status = IOStatus::failed, .error = system_error(errno, operation)};
}

}  // namespace gyre::detail
