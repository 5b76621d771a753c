#include "udp_socket_impl.hpp"

#include <gyre/block.hpp>
#include <gyre/dispatch.hpp>

#include <algorithm>
#include <utility>

namespace gyre::detail {
namespace {

// What a queued datagram costs beside its bytes; empty ones have to count as well.
constexpr std::size_t cost_of_queueing = 256;
// No datagram over IP is larger (RFC 768).
constexpr std::size_t largest_datagram = 65'535;

Error check_options(const UDPSocketOptions& options) {
    if (options.max_datagram == 0)
        return {Errc::invalid_argument, "UDPSocketOptions::max_datagram must not be 0"};
    if (options.max_write_buffer == 0)
        return {Errc::invalid_argument, "UDPSocketOptions::max_write_buffer must not be 0"};
    if (options.socket.send_buffer == std::size_t{0} ||
        options.socket.receive_buffer == std::size_t{0})
        return {Errc::invalid_argument, "DatagramOptions: a buffer of 0 bytes"};
    return {};
}

std::size_t cost(std::string_view data) noexcept { return data.size() + cost_of_queueing; }

}  // namespace

UDPSocketImpl::UDPSocketImpl(ReactorRef reactor, const UDPSocketOptions& options)
    : reactor_(std::move(reactor)), options_(options), hold_(reactor_) {}

Error UDPSocketImpl::bind(const Address& local) {
    if (state_ == State::open) return {Errc::already_in_progress, "the socket is bound already"};
    return open(local);
}

Error UDPSocketImpl::open(const Address& local) {
    if (state_ == State::closed) return {Errc::closed, "the socket is closed"};
    if (Error error = check_options(options_); ErrorAccess::failed(error)) return error;
    DatagramSocketResult result =
        reactor_.network().open_datagram(reactor_, local, options_.socket);
    if (!result.socket) return std::move(result.error);
    socket_ = std::move(result.socket);
    socket_->set_listener(this);
    state_ = State::open;
    update_reading();
    return {};
}

// At any free port of the family that is sent to.
Error UDPSocketImpl::open_for(const Address& peer) {
    if (state_ == State::open) return {};
    const bool ipv6 = peer.family() == Address::Family::ipv6;
    if (!ipv6 && peer.family() != Address::Family::ipv4)
        return {Errc::invalid_argument, "UDP needs an IP address to send to"};
    return open(*Address::from_ip(ipv6 ? "::" : "0.0.0.0", 0));
}

Error UDPSocketImpl::connect(const Address& peer) {
    if (Error error = open_for(peer); ErrorAccess::failed(error)) return error;
    const Address before = connected_ ? socket_->peer_address() : Address{};
    if (Error error = socket_->connect(peer); ErrorAccess::failed(error)) return error;
    connected_ = true;
    // What waits was for the peer of its time.
    for (Pending& pending : queue_)
        if (pending.to.family() == Address::Family::none) pending.to = before;
    return {};
}

Error UDPSocketImpl::check_send(const Address& to) {
    if (state_ == State::closed) return {Errc::closed, "the socket is closed"};
    if (to.family() != Address::Family::none) return open_for(to);
    if (!connected_) return {Errc::invalid_argument, "the socket is not connected to a peer"};
    return {};
}

void UDPSocketImpl::send(std::string_view data, const Address& to, Callback<void(Error)> callback) {
    if (Error error = check_send(to); ErrorAccess::failed(error))
        return finish_send(std::move(callback), std::move(error));
    if (!queue_.empty()) return enqueue(data, to, std::move(callback));
    IOResult result = socket_->send(data, to);
    if (result.status == IOStatus::would_block) return enqueue(data, to, std::move(callback));
    if (result.status == IOStatus::ok) ++stats_.sent;
    finish_send(std::move(callback), std::move(result.error));
}

void UDPSocketImpl::enqueue(std::string_view data, const Address& to,
                            Callback<void(Error)> callback) {
    const std::size_t used = queued_bytes_ + queue_.size() * cost_of_queueing;
    if (used >= options_.max_write_buffer || cost(data) > options_.max_write_buffer - used)
        return finish_send(std::move(callback),
                           {Errc::queue_full, "max_write_buffer of datagrams is queued already"});
    queue_.push_back({std::string{data}, to, std::move(callback)});
    queued_bytes_ += data.size();
    socket_->want_write(true);
    update_hold();
}

void UDPSocketImpl::finish_send(Callback<void(Error)> callback, Error error) {
    if (callback) return post_result(reactor_, std::move(callback), std::move(error));
    if (!ErrorAccess::failed(error)) return;
    reactor_.post(Callback<void()>{
        [self = std::static_pointer_cast<UDPSocketImpl>(shared_from_this()),
         failure = std::move(error)]() mutable { self->on_error(std::move(failure)); },
        Origin{}});
}

void UDPSocketImpl::on_writable() noexcept {
    while (!queue_.empty()) {
        IOResult result = socket_->send(queue_.front().data, queue_.front().to);
        if (result.status == IOStatus::would_block) return;
        if (result.status == IOStatus::ok) ++stats_.sent;
        Pending done = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= done.data.size();
        finish_send(std::move(done.callback), std::move(result.error));
    }
    socket_->want_write(false);
    update_hold();
}

void UDPSocketImpl::on_datagram(Handler<void(std::string_view, const Address&)> handler) {
    if (state_ == State::closed) return;
    std::swap(on_datagram_, handler);
    update_reading();
}

void UDPSocketImpl::set_error_handler(Handler<void(Error)> handler) {
    if (state_ != State::closed) std::swap(error_handler_, handler);
}

void UDPSocketImpl::set_paused(bool paused) {
    paused_ = paused;
    update_reading();
}

void UDPSocketImpl::on_readable() noexcept {
    constexpr int fair_count = 16;
    // A byte more than is allowed would do to see that there is one; the system says it by itself.
    const std::size_t size = std::min(options_.max_datagram, largest_datagram);
    const BlockRef room = BlockPool::allocate(size);
    std::size_t share = BlockPool::read_size;
    for (int i = 0; i < fair_count; ++i)
        if (!receive_one(room, share) || reactor_.stopping()) return;
}

// False when no more is to be received in this turn. The handler may have changed everything.
bool UDPSocketImpl::receive_one(const BlockRef& room, std::size_t& share) {
    if (state_ != State::open || paused_ || !on_datagram_) return false;
    const std::size_t size = std::min(options_.max_datagram, largest_datagram);
    DatagramReceived got = socket_->receive({room.data(), size});
    if (got.status == IOStatus::would_block) return false;
    if (got.status != IOStatus::ok) {
        on_error(std::move(got.error));
        return true;
    }
    if (got.truncated) {
        ++stats_.oversized;
        return true;
    }
    ++stats_.received;
    dispatch(on_datagram_, std::string_view{room.data(), got.bytes}, got.from);
    return std::exchange(share, share - std::min(share, got.bytes)) > got.bytes;
}

void UDPSocketImpl::on_error(Error error) noexcept {
    if (error_handler_ && state_ != State::closed)
        return void(dispatch(error_handler_, std::move(error)));
    // Unseen, so that it is reported, under the name of who is concerned.
    if (on_datagram_) ErrorAccess::set_origin(error, on_datagram_.origin());
}

void UDPSocketImpl::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    if (socket_) socket_->close();
    hold_.set(false);
    queued_bytes_ = 0;
    // Never from here: this may be running inside the user's own call.
    for (Pending& pending : std::exchange(queue_, {}))
        if (pending.callback)
            finish_send(std::move(pending.callback), canceled_by_user("the socket was closed"));
    reactor_.post(Callback<void()>{[self = std::static_pointer_cast<UDPSocketImpl>(
                                        shared_from_this())] { self->tell_closed(); },
                                   Origin{}});
    // Last, as what they hold may do anything as it goes.
    std::exchange(on_datagram_, {}) = {};
    std::exchange(error_handler_, {}) = {};
}

void UDPSocketImpl::tell_closed() noexcept {
    told_closed_ = true;
    reactor_.abandon(*this);
    dispatch(std::exchange(close_callback_, {}), Error{});
}

void UDPSocketImpl::set_close_callback(Callback<void(Error)> callback) {
    if (told_closed_) return post_result(reactor_, std::move(callback), Error{});
    Callback<void(Error)> before = std::exchange(close_callback_, std::move(callback));
    before.discard();
}

void UDPSocketImpl::unref() {
    counted_ = false;
    update_hold();
}

DatagramSocket* UDPSocketImpl::opened(Error& error) const {
    if (state_ == State::open) return socket_.get();
    error = {Errc::closed,
             state_ == State::closed ? "the socket is closed" : "the socket is not bound yet"};
    return nullptr;
}

void UDPSocketImpl::update_reading() noexcept {
    if (state_ == State::open) socket_->want_read(on_datagram_ && !paused_);
    update_hold();
}

void UDPSocketImpl::update_hold() noexcept {
    hold_.set(counted_ && state_ == State::open && (on_datagram_ || !queue_.empty()));
}

void UDPSocketImpl::list_pending(PendingOperations& all) const {
    if (state_ == State::open)
        all.push_back({.kind = "datagrams",
                       .detail = "at " + local_address().to_string(),
                       .place = on_datagram_.place(),
                       .keeps_running = hold_.held()});
}

void UDPSocketImpl::on_reactor_destroyed() noexcept {
    state_ = State::closed;
    told_closed_ = true;
    if (socket_) socket_->close();
    queued_bytes_ = 0;
    // Out of the members first, as what they hold may do anything as it goes.
    const QuietScope quiet;
    const auto queue = std::exchange(queue_, {});
    const auto close_callback = std::exchange(close_callback_, {});
    const auto on_datagram = std::exchange(on_datagram_, {});
    const auto error_handler = std::exchange(error_handler_, {});
}

}  // namespace gyre::detail
