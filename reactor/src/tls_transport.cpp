#include "tls_transport.hpp"

#include "error_mapping.hpp"
#include "tls_farewell.hpp"
#include <gyre/error_access.hpp>

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace gyre::detail {
namespace {

constexpr std::size_t record_size = 16 * 1024;  // the most that a TLS record holds
constexpr std::size_t fair_share = 64 * 1024;   // of one call

Error verify_error(SSL* ssl, const std::string& peer_name) {
    const long verdict = SSL_get_verify_result(ssl);
    const int code = static_cast<int>(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return ErrorAccess::make(Errc::host_name_mismatch, code, "tls",
                                 "the certificate is not for " + peer_name);
    const std::string whose = peer_name.empty() ? "the client" : peer_name;
    return ErrorAccess::make(
        Errc::certificate_rejected, code, "tls",
        "the certificate of " + whose + " was rejected: " + X509_verify_cert_error_string(verdict));
}

IOResult closed_result() { return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}}; }

std::string subject_of(X509* certificate) {
    const std::unique_ptr<BIO, TlsFree<&BIO_free>> text{BIO_new(BIO_s_mem())};
    constexpr unsigned long style = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;  // UTF-8 as it is
    if (!text || X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, style) < 0)
        return {};
    char* bytes = nullptr;
    const long size = BIO_ctrl(text.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&bytes));
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

TlsTransport::TlsTransport(ReactorRef reactor, std::unique_ptr<Transport> lower,
                           const TLSContext& context, TLSRole role, std::string host_name)
    : reactor_(std::move(reactor)), context_(TlsContext::of(context)), lower_(std::move(lower)) {
    bio_.lower = lower_.get();
    lower_->set_listener(this);
    Error error = set_up(context, role, std::move(host_name));
    if (ErrorAccess::failed(error)) fail(std::move(error));
}

Error TlsTransport::set_up(const TLSContext& context, TLSRole role, std::string host_name) {
    const TlsCall call;
    if (!context) return {Errc::invalid_argument, "TLS with an empty context"};
    TlsContext::Connection made = context_->new_connection(role, std::move(host_name));
    if (ErrorAccess::failed(made.error)) return made.error;
    ssl_ = std::move(made.ssl);
    peer_name_ = std::move(made.peer_name);
    if (!attach_bio(ssl_.get(), bio_)) return {Errc::out_of_memory, "TLS connection"};
    // The client's words come first, so a server has nothing to say yet.
    if (role == TLSRole::server) {
        state_ = State::handshaking;
        handshake_need_ = Need::read;
    }
    return {};
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

void TlsTransport::start_handshake() noexcept {
    state_ = State::handshaking;
    Error error = lower_->finish_connect();
    if (ErrorAccess::failed(error)) fail(std::move(error));
}

void TlsTransport::drive_handshake() noexcept {
    {
        const TlsCall call;
        const int result = SSL_do_handshake(ssl_.get());
        const int ssl_error = SSL_get_error(ssl_.get(), result);
        if (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE) {
            handshake_need_ = ssl_error == SSL_ERROR_WANT_READ ? Need::read : Need::write;
            return update_wants();
        }
        if (result == 1) {
            state_ = State::open;
            buffered_ = SSL_has_pending(ssl_.get()) == 1;
            if (notify_due_) finish_shutdown();
        } else {
            fail(handshake_error(ssl_error));
        }
    }
    if (want_write_ && listener_) listener_->on_writable();
    update_wants();
}

Error TlsTransport::handshake_error(int ssl_error) {
    const int reason = ERR_GET_REASON(ERR_peek_error());
    Error error;
    if (ssl_error == SSL_ERROR_SYSCALL && ErrorAccess::failed(bio_.error)) {
        error = std::exchange(bio_.error, {});
        ErrorAccess::add_context(error, "TLS handshake");
    } else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        error = verify_error(ssl_.get(), peer_name_);
    } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        error = ErrorAccess::make(Errc::certificate_rejected, reason, "tls",
                                  "the client sent no certificate");
    } else if (bio_.ended && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        error = ErrorAccess::make(Errc::tls_failed, reason, "tls",
                                  "TLS handshake: the peer closed the connection");
    } else {
        error = tls_error("TLS handshake");
    }
    ErrorAccess::set_phase(error, "tls");
    return error;
}

Error TlsTransport::finish_connect() noexcept { return failure_.tell(); }

IOResult TlsTransport::read_some(std::span<char> room) noexcept {
    if (state_ == State::closed) return closed_result();
    if (in_handshake()) return {.status = IOStatus::would_block};
    if (room.empty()) return {};
    const std::size_t got = state_ == State::open ? read_records(room) : 0;
    update_wants();
    if (got > 0) return {.bytes = got};
    if (state_ == State::failed) return {.status = IOStatus::failed, .error = failure_.tell()};
    return {.status = state_ == State::ended ? IOStatus::end : IOStatus::would_block};
}

// Records may hold no data (a ticket, a key update), and behind them is perhaps what is waited for.
// But a peer may send nothing else, so there is one more try and not any number.
std::size_t TlsTransport::read_records(std::span<char> room) noexcept {
    const TlsCall call;
    std::size_t got = 0;
    for (int tries = 2; tries > 0 && got < room.size() && state_ == State::open;) {
        const std::size_t read = read_record(room.subspan(got));
        got += read;
        if (!buffered_) break;
        if (read == 0) --tries;
    }
    return got;
}

// Leaves in `buffered_` whether there may be more without an event from below.
std::size_t TlsTransport::read_record(std::span<char> room) noexcept {
    SSL* const ssl = ssl_.get();
    std::size_t got = 0;
    bio_.read_blocked = false;
    read_need_ = Need::read;
    const int result = SSL_read_ex(ssl, room.data(), room.size(), &got);
    const int ssl_error = SSL_get_error(ssl, result);
    switch (ssl_error) {
        case SSL_ERROR_NONE:
            buffered_ = SSL_has_pending(ssl) == 1;
            break;
        case SSL_ERROR_WANT_READ:
            buffered_ = !bio_.read_blocked;
            break;
        case SSL_ERROR_WANT_WRITE:
            read_need_ = Need::write;
            buffered_ = false;
            return 0;
        case SSL_ERROR_ZERO_RETURN:
            state_ = State::ended;
            return 0;
        default:
            fail(stream_error(ssl_error, "TLS read"));
            return 0;
    }
    // A message of the handshake that comes late, as tickets do, makes OpenSSL allocate both its
    // buffers and forget the one for writing. Only between records: before 3.0.14 it would free one
    // that holds half a record (CVE-2024-4741).
    if (!bio_.read_blocked && SSL_has_pending(ssl) == 0) SSL_free_buffers(ssl);
    return got;
}

Error TlsTransport::stream_error(int ssl_error, const char* what) {
    if (ssl_error == SSL_ERROR_SYSCALL && ErrorAccess::failed(bio_.error))
        return std::exchange(bio_.error, {});
    const int reason = ERR_GET_REASON(ERR_peek_error());
    if (bio_.ended && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return ErrorAccess::make(Errc::truncated, reason, "tls",
                                 "the connection ended without TLS's close_notify");
    return tls_error(what);
}

void TlsTransport::fail(Error error) noexcept {
    state_ = State::failed;
    failure_.keep(std::move(error));
}

IOResult TlsTransport::write_some(std::span<const std::string_view> buffers) noexcept {
    if (state_ == State::closed) return closed_result();
    if (in_handshake()) return {.status = IOStatus::would_block};
    if (state_ == State::failed) return {.status = IOStatus::failed, .error = failure_.tell()};
    if (shutting_down_)
        return {.status = IOStatus::failed, .error = {Errc::broken_pipe, "write after shutdown"}};
    const TlsCall call;
    const Need need_before = write_need_;
    std::size_t sent = 0;
    IOResult result;
    while (sent < fair_share) {
        const std::string_view chunk = next_chunk(buffers, sent);
        if (chunk.empty()) break;
        result = write_chunk(chunk);
        if (result.status != IOStatus::ok) break;
        sent += result.bytes;
    }
    if (write_need_ != need_before || state_ == State::failed) update_wants();
    // Should it have failed after a part, the next call says so again.
    if (sent == 0) return result;
    ErrorAccess::mark_looked_at(result.error);
    return {.bytes = sent};
}

// What comes after `skip` bytes, at least as much as OpenSSL insists on. Small pieces are put
// together, as each record costs some thirty bytes and a call below.
std::string_view TlsTransport::next_chunk(std::span<const std::string_view> buffers,
                                          std::size_t skip) const noexcept {
    constexpr std::size_t worth_a_record = 4096;
    static thread_local std::array<char, record_size> together;
    std::size_t size = 0;
    for (std::string_view buffer : buffers) {
        const std::size_t skipped = std::min(skip, buffer.size());
        skip -= skipped;
        buffer.remove_prefix(skipped);
        if (size == 0 && buffer.size() >= std::max(worth_a_record, blocked_size_)) return buffer;
        const std::size_t count = std::min(buffer.size(), together.size() - size);
        if (count > 0) std::memcpy(together.data() + size, buffer.data(), count);
        size += count;
    }
    return {together.data(), size};
}

IOResult TlsTransport::write_chunk(std::string_view chunk) noexcept {
    if (chunk.size() < blocked_size_)
        return {.status = IOStatus::failed,
                .error = {Errc::invalid_argument, "fewer bytes than the write that blocked"}};
    SSL* const ssl = ssl_.get();
    std::size_t sent = 0;
    write_need_ = Need::write;
    const int result = SSL_write_ex(ssl, chunk.data(), chunk.size(), &sent);
    if (result == 1) {
        blocked_size_ = 0;
        return {.bytes = sent};
    }
    const int ssl_error = SSL_get_error(ssl, result);
    if (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE) {
        if (ssl_error == SSL_ERROR_WANT_READ) write_need_ = Need::read;
        blocked_size_ = std::min(chunk.size(), record_size);
        return {.status = IOStatus::would_block};
    }
    // Only writing is over: what the peer said before it went may still be read.
    write_broken_ = true;
    Error error = stream_error(ssl_error, "TLS write");
    if (ssl_error == SSL_ERROR_SSL) {
        fail(std::move(error));
        return {.status = IOStatus::failed, .error = failure_.tell()};
    }
    return {.status = IOStatus::failed, .error = std::move(error)};
}

void TlsTransport::shutdown_write() noexcept {
    if (state_ == State::closed || shutting_down_) return;
    shutting_down_ = notify_due_ = true;
    if (!in_handshake()) finish_shutdown();
    update_wants();
}

// The end of TLS's stream, then that of the one below.
void TlsTransport::finish_shutdown() noexcept {
    notify_due_ = !send_close_notify();
    if (!notify_due_) lower_->shutdown_write();
}

// False if it does not fit just now.
bool TlsTransport::send_close_notify() noexcept {
    if (state_ == State::failed || write_broken_) return true;
    const TlsCall call;
    const int result = SSL_shutdown(ssl_.get());
    if (result >= 0) return true;
    return SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_WRITE;
}

void TlsTransport::close() noexcept {
    if (state_ == State::closed) return;
    if (state_ == State::open || state_ == State::ended) {
        const bool said = (shutting_down_ && !notify_due_) || send_close_notify();
        drain_below();
        if (!said && reactor_.alive()) return say_farewell();
    }
    leave();
    lower_->close();
}

void TlsTransport::say_farewell() {
    leave();
    handed_over_ = true;
    std::make_shared<TlsFarewell>(reactor_, lower_, context_, ssl_.get())->start();
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

std::string_view TlsTransport::application_protocol() const noexcept {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

TLSInfo TlsTransport::tls_info() const {
    SSL* const ssl = ssl_.get();
    if (!ssl || SSL_is_init_finished(ssl) != 1) return {};
    TLSInfo info;
    info.version = SSL_get_version(ssl);
    if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl))
        info.cipher = SSL_CIPHER_get_name(cipher);
    if (X509* certificate = SSL_get0_peer_certificate(ssl))
        info.peer_subject = subject_of(certificate);
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
        info.server_name = name;
    return info;
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
