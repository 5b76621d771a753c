// The reading side of a TlsTransport.
#include "error_mapping.hpp"
#include "tls_transport.hpp"
#include <gyre/error_access.hpp>

#include <utility>

namespace gyre::detail {

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
            if (ssl_error == SSL_ERROR_SSL && !bio_.ended) forget_sessions();
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

}  // namespace gyre::detail
