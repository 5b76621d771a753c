// The writing side of a TlsTransport, and its orderly end.
#include "tls_transport.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace gyre::detail {
namespace {

constexpr std::size_t record_size = 16 * 1024;  // the most that a TLS record holds
constexpr std::size_t fair_share = 64 * 1024;   // of one call

}  // namespace

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
        forget_sessions();
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

}  // namespace gyre::detail
