#include "fd_watch.hpp"

#include <gyre/dispatch.hpp>

namespace gyre::detail {

std::uint32_t FdWatch::to_epoll(IOEvents events) noexcept {
    std::uint32_t flags = 0;
    if (events & IOEvents::read) flags |= EPOLLIN | EPOLLRDHUP;
    if (events & IOEvents::write) flags |= EPOLLOUT;
    return flags;
}

void FdWatch::on_poll_events(std::uint32_t flags) noexcept {
    IOEvents events = IOEvents::none;
    if (flags & (EPOLLIN | EPOLLRDHUP)) events = events | IOEvents::read;
    if (flags & EPOLLOUT) events = events | IOEvents::write;
    if (flags & (EPOLLERR | EPOLLHUP)) events = events | IOEvents::error;
    const auto self = shared_from_this();  // the handler may remove itself
    dispatch(handler_, descriptor_, events);
}

}  // namespace gyre::detail
