#pragma once

#include "poller.hpp"
#include <gyre/handler.hpp>
#include <gyre/reactor.hpp>

#include <memory>
#include <source_location>

namespace gyre::detail {

class ReactorCore;

/// One descriptor of the program's, watched for it (`Reactor::add_handler`).
class FdWatch final : public PollListener, public std::enable_shared_from_this<FdWatch> {
public:
    FdWatch(int descriptor, Handler<void(int, IOEvents)> handler)
        : descriptor_(descriptor), handler_(std::move(handler)) {}

    static std::uint32_t to_epoll(IOEvents events) noexcept;
    void on_poll_events(std::uint32_t events) noexcept override;
    std::source_location place() const noexcept { return handler_.place(); }

private:
    int descriptor_;
    Handler<void(int, IOEvents)> handler_;
};

}  // namespace gyre::detail
