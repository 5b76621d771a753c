#include "prefixed_transport.hpp"

#include "stream_impl.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gyre::detail {

PrefixedTransport::PrefixedTransport(ReactorRef reactor, std::unique_ptr<Transport> lower,
                                     std::string bytes)
    : reactor_(std::move(reactor)),
      lower_(std::move(lower)),
      bytes_(std::move(bytes)),
      self_(std::make_shared<PrefixedTransport*>(this)) {}

PrefixedTransport::~PrefixedTransport() { *self_ = nullptr; }

void PrefixedTransport::set_listener(TransportListener* listener) noexcept {
    listener_ = listener;
    lower_->set_listener(listener);
    post_event();
}

void PrefixedTransport::want_read(bool wanted) noexcept {
    wanted_ = wanted;
    lower_->want_read(wanted);
    post_event();
}

// Again and again, as for a socket, until the bytes are read.
void PrefixedTransport::post_event() noexcept {
    if (!has_event() || std::exchange(posted_, true)) return;
    reactor_.post([self = self_] {
        if (!*self) return;
        (*self)->posted_ = false;
        if ((*self)->has_event()) (*self)->listener_->on_readable();
        if (*self) (*self)->post_event();
    });
}

IOResult PrefixedTransport::read_some(std::span<char> room) noexcept {
    if (bytes_.empty()) return lower_->read_some(room);
    const std::size_t size = std::min(room.size(), bytes_.size() - taken_);
    std::memcpy(room.data(), bytes_.data() + taken_, size);
    taken_ += size;
    if (taken_ == bytes_.size()) drop_bytes();
    return {.status = IOStatus::ok, .bytes = size};
}

void PrefixedTransport::close() noexcept {
    drop_bytes();
    lower_->close();
}

void PrefixedTransport::abort() noexcept {
    drop_bytes();
    lower_->abort();
}

void PrefixedTransport::drop_bytes() noexcept {
    bytes_ = {};
    taken_ = 0;
}

}  // namespace gyre::detail

namespace gyre {

std::unique_ptr<Transport> make_prefixed_transport(const detail::ReactorRef& reactor,
                                                   std::unique_ptr<Transport> lower,
                                                   std::string bytes) {
    if (bytes.empty()) return lower;
    return std::make_unique<detail::PrefixedTransport>(reactor, std::move(lower), std::move(bytes));
}

IOStream make_stream(const detail::ReactorRef& reactor, std::unique_ptr<Transport> transport,
                     const IOStreamOptions& options) {
    if (!transport || !reactor.alive()) return {};
    auto impl = std::make_shared<detail::StreamImpl>(reactor, std::move(transport), options);
    impl->start();
    return IOStream{std::move(impl)};
}

}  // namespace gyre
