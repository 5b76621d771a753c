#include "client_connection.hpp"

#include <gyre/block.hpp>
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace gyre::http::detail {

using gyre::detail::ErrorAccess;

void ConnectionUser::on_secured(ClientConnection&, Error error) noexcept {
    ErrorAccess::mark_looked_at(error);
}

ClientConnection::ClientConnection(gyre::detail::ReactorRef reactor, ConnectionKey key,
                                   std::unique_ptr<Transport> transport)
    : reactor_(std::move(reactor)), key_(std::move(key)), transport_(std::move(transport)) {}

void ClientConnection::start(ConnectionUser& user, bool handshakes) {
    reactor_.adopt(shared_from_this());
    user_ = &user;
    state_ = handshakes ? State::handshaking : State::open;
    transport_->set_listener(this);
    handshakes ? transport_->want_write(true) : transport_->want_read(true);
}

bool ClientConnection::send(std::string head, std::string_view body) {
    head_ = std::move(head);
    head_sent_ = 0;
    body_ = body;
    if (flush()) return true;
    transport_->want_write(true);
    return false;
}

// Offers everything once; what is not taken goes later, so that the others get their turn. True if
// nothing is left to be sent.
bool ClientConnection::flush() noexcept {
    const std::array<std::string_view, 2> buffers{std::string_view{head_}.substr(head_sent_),
                                                  body_};
    const std::size_t bytes = write(buffers);
    if (write_failed()) return false;
    const std::size_t of_head = std::min(bytes, buffers[0].size());
    head_sent_ += of_head;
    body_.remove_prefix(bytes - of_head);
    if (head_sent_ < head_.size() || !body_.empty()) return false;
    forget_request();
    return true;
}

std::size_t ClientConnection::write(std::span<const std::string_view> buffers) noexcept {
    IOResult result = transport_->write_some(buffers);
    if (result.status == IOStatus::would_block) return 0;
    if (result.status != IOStatus::ok) {
        send_error_ = std::move(result.error);
        forget_request();
        return 0;
    }
    bytes_sent_ += result.bytes;
    return result.bytes;
}

std::size_t ClientConnection::offer(std::span<const std::string_view> pieces) noexcept {
    return state_ == State::open && !write_failed() ? write(pieces) : 0;
}

void ClientConnection::want_room(bool wanted) noexcept {
    if (state_ != State::open || wanted == wants_room_) return;
    wants_room_ = wanted;
    transport_->want_write(wanted || sending());
}

void ClientConnection::pause_reading() noexcept {
    has_read_all_ = false;
    if (state_ == State::open) transport_->want_read(false);
}

void ClientConnection::resume_reading() noexcept {
    if (state_ == State::open) transport_->want_read(true);
}

void ClientConnection::forget_request() noexcept {
    head_.clear();
    head_sent_ = 0;
    body_ = {};
}

bool ClientConnection::has_sent_all() const noexcept { return !sending() && !write_failed(); }

bool ClientConnection::write_failed() const noexcept { return ErrorAccess::failed(send_error_); }

bool ClientConnection::is_quiet() noexcept {
    if (state_ != State::open) return false;
    IOResult result = transport_->read_some(reactor_.blocks().reserve());
    ErrorAccess::mark_looked_at(result.error);
    return result.status == IOStatus::would_block;
}

void ClientConnection::on_readable() noexcept {
    if (state_ != State::open) return;
    gyre::detail::ReactorRef reactor = reactor_;
    const std::span<char> room = reactor.blocks().reserve();
    IOResult result = transport_->read_some(room);
    // TLS gives one record at a time, so there a short read says nothing.
    has_read_all_ = result.bytes < room.size() && !key_.secure;
    switch (result.status) {
        case IOStatus::ok: {
            // The slice keeps the block while the bytes are looked at.
            const ReadSlice slice = reactor.blocks().commit(result.bytes);
            return user_->on_bytes(*this, slice.bytes);
        }
        case IOStatus::would_block:
            return;
        case IOStatus::end:
        case IOStatus::failed:
            return tell_end(std::move(result.error));
    }
}

void ClientConnection::on_writable() noexcept {
    if (state_ == State::handshaking) return finish_handshake();
    if (state_ != State::open) return;
    const bool had_more = sending();
    const bool done = !had_more || flush();
    if (!sending()) transport_->want_write(wants_room_);
    if (done && (had_more || wants_room_)) user_->on_sent(*this);
}

void ClientConnection::on_hangup() noexcept {
    // Reading is paused: what arrived before is still there, and reading finds the end behind it.
}

void ClientConnection::finish_handshake() noexcept {
    Error error = transport_->finish_connect();
    transport_->want_write(false);
    state_ = State::open;
    if (!ErrorAccess::failed(error)) transport_->want_read(true);
    user_->on_secured(*this, std::move(error));
}

// What went wrong first says more than what followed from it.
void ClientConnection::tell_end(Error error) noexcept {
    ConnectionUser* user = user_;
    if (write_failed()) {
        ErrorAccess::mark_looked_at(error);
        error = std::exchange(send_error_, {});
    }
    close();
    user->on_ended(*this, std::move(error));
}

void ClientConnection::close() noexcept {
    if (state_ == State::closed) return;
    transport_->close();
    let_go();
}

void ClientConnection::abort() noexcept {
    if (state_ == State::closed) return;
    transport_->abort();
    let_go();
}

void ClientConnection::let_go() noexcept {
    state_ = State::closed;
    user_ = nullptr;
    forget_request();
    ErrorAccess::mark_looked_at(send_error_);
    reactor_.abandon(*this);
}

void ClientConnection::on_reactor_destroyed() noexcept {
    if (state_ != State::closed) transport_->close();
    state_ = State::closed;
    user_ = nullptr;
    forget_request();
}

}  // namespace gyre::http::detail
