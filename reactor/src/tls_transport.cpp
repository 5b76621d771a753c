#include "tls_transport.hpp"

#include "tls_farewell.hpp"
#include <gyre/error_access.hpp>

#include <array>
#include <utility>

namespace gyre::detail {

TlsTransport::TlsTransport(ReactorRef reactor, std::unique_ptr<Transport> lower,
                           const TLSContext& context, TLSRole role, std::string host_name)
    : reactor_(std::move(reactor)), lower_(std::move(lower)) {
    bio_.lower = lower_.get();
    lower_->set_listener(this);
    Error error = set_up(context, role, std::move(host_name));
    if (ErrorAccess::failed(error)) fail(std::move(error));
}

TlsTransport::~TlsTransport() {
    if (self_) *self_ = nullptr;
    ErrorAccess::mark_looked_at(bio_.error);
    if (!handed_over_) lower_->set_listener(nullptr);
}

void TlsTransport::set_listener(TransportListener* listener) noexcept {
    if (state_ == State::closed) return;
    listener_ = listener;
    post_own_event();
}

void TlsTransport::want_read(bool wanted) noexcept {
    want_read_ = wanted;
    update_wants();
}

void TlsTransport::want_write(bool wanted) noexcept {
    want_write_ = wanted;
    update_wants();
}

// Tells the transport below what is needed of it: by the handshake, or by what the listener wants.
void TlsTransport::update_wants() noexcept {
    if (state_ == State::closed) return;
    bool read = false;
    bool write = notify_due_ && !in_handshake();
    const auto add = [&](Need need) {
        read |= need == Need::read;
        write |= need == Need::write;
    };
    if (in_handshake()) {
        if (want_read_ || want_write_) add(handshake_need_);
    } else if (state_ != State::failed) {
        if (want_read_) add(read_need_);
        if (want_write_) add(write_need_);
    }
    lower_->want_read(read);
    lower_->want_write(write);
    post_own_event();
}

void TlsTransport::on_readable() noexcept {
    if (state_ == State::handshaking) return drive_handshake();
    const bool for_writing = write_need_ == Need::read;
    if (want_read_ && listener_) listener_->on_readable();
    if (for_writing && want_write_ && listener_) listener_->on_writable();
    update_wants();
}

void TlsTransport::on_writable() noexcept {
    if (state_ == State::connecting) start_handshake();
    if (state_ == State::handshaking) return drive_handshake();
    if (notify_due_) finish_shutdown();
    const bool for_reading = read_need_ == Need::write;
    if (want_write_ && write_need_ == Need::write && listener_) listener_->on_writable();
    if (for_reading && want_read_ && listener_) listener_->on_readable();
    update_wants();
}

void TlsTransport::on_hangup() noexcept {
    if (listener_ && !want_read_ && !want_write_) listener_->on_hangup();
}

// What the transport below gives no event for: bytes that OpenSSL holds already, and the end or the
// failure that every further call will tell again.
bool TlsTransport::has_own_event() const noexcept {
    if (!listener_ || state_ == State::closed) return false;
    if (state_ == State::failed) return want_read_ || want_write_;
    return want_read_ && (buffered_ || state_ == State::ended);
}

void TlsTransport::post_own_event() noexcept {
    if (posted_ || !has_own_event() || !reactor_.alive()) return;
    if (!self_) self_ = std::make_shared<TlsTransport*>(this);
    posted_ = true;
    reactor_.post([self = self_] {
        if (*self) (*self)->deliver_own_event();
    });
}

void TlsTransport::deliver_own_event() noexcept {
    posted_ = false;
    if (!has_own_event()) return;
    if (want_read_) listener_->on_readable();
    if (state_ == State::failed && want_write_ && listener_) listener_->on_writable();
    update_wants();
}

void TlsTransport::fail(Error error) noexcept {
    state_ = State::failed;
    failure_.keep(std::move(error));
}

void TlsTransport::close() noexcept {
    if (state_ == State::closed) return;
    if (state_ == State::open || state_ == State::ended) {
        const bool said = (shutting_down_ && !notify_due_) || send_close_notify();
        drain_below();
        if (!said && reactor_.alive() && TlsFarewell::has_room()) return say_farewell();
    }
    leave();
    lower_->close();
}

void TlsTransport::say_farewell() {
    leave();
    handed_over_ = true;
    std::make_shared<TlsFarewell>(reactor_, lower_, ssl_.get())->start();
}

void TlsTransport::abort() noexcept {
    if (state_ == State::closed) return;
    leave();
    lower_->abort();
}

void TlsTransport::leave() noexcept {
    state_ = State::closed;
    listener_ = nullptr;
    want_read_ = want_write_ = notify_due_ = false;
}

// A socket that is closed over unread bytes, such as a ticket or the peer's close_notify, answers
// with a reset, which may cost the peer what was written last.
void TlsTransport::drain_below() noexcept {
    std::array<char, 2048> unread;
    for (int i = 0; i < 4; ++i) {
        const IOResult result = lower_->read_some(unread);
        ErrorAccess::mark_looked_at(result.error);
        if (result.status != IOStatus::ok) return;
    }
}

}  // namespace gyre::detail

namespace gyre {

std::unique_ptr<Transport> make_tls_transport(const detail::ReactorRef& reactor,
                                              std::unique_ptr<Transport> lower,
                                              const TLSContext& context, TLSRole role,
                                              std::string host_name) {
    return std::make_unique<detail::TlsTransport>(reactor, std::move(lower), context, role,
                                                  std::move(host_name));
}

}  // namespace gyre
