#include "lingering_close.hpp"

#include <gyre/block.hpp>
#include <gyre/error_access.hpp>
#include <gyre/listener.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace gyre::detail {
namespace {

std::atomic<std::size_t> lingering{0};  // in the process, whose descriptors they are

}  // namespace

// No server counts them, and with what a server takes they must not use up the descriptors.
std::size_t LingeringClose::most_at_once() noexcept {
    return std::clamp<std::size_t>(default_max_connections() / 16, 1, 256);
}

void LingeringClose::start(const ReactorRef& reactor, std::unique_ptr<Transport> transport,
                           Duration most) {
    if (!reactor.alive()) return transport->close();
    const bool room = lingering.load(std::memory_order_relaxed) < most_at_once();
    const auto self = std::make_shared<LingeringClose>(reactor, std::move(transport));
    reactor.adopt(self);
    room ? self->begin(most) : self->end();
}

LingeringClose::LingeringClose(ReactorRef reactor, std::unique_ptr<Transport> transport) noexcept
    : reactor_(std::move(reactor)), transport_(std::move(transport)), deadline_(reactor_, *this) {
    lingering.fetch_add(1, std::memory_order_relaxed);
}

LingeringClose::~LingeringClose() { lingering.fetch_sub(1, std::memory_order_relaxed); }

void LingeringClose::begin(Duration most) noexcept {
    transport_->set_listener(this);
    transport_->want_write(false);
    transport_->shutdown_write();
    transport_->want_read(true);
    deadline_.expire_after(most);
}

void LingeringClose::on_readable() noexcept {
    const IOResult result = transport_->read_some(reactor_.blocks().reserve());
    ErrorAccess::mark_looked_at(result.error);
    thrown_away_ += result.bytes;
    const bool more = result.status == IOStatus::ok || result.status == IOStatus::would_block;
    if (!more || thrown_away_ > most_bytes) end();
}

void LingeringClose::end() noexcept {
    deadline_.clear();
    transport_->close();
    reactor_.abandon(*this);
}

void LingeringClose::on_reactor_destroyed() noexcept {
    deadline_.clear();
    transport_->close();
}

}  // namespace gyre::detail
