#pragma once

#include "tls_free.hpp"

#include <cstddef>
#include <ctime>
#include <list>
#include <mutex>
#include <string>

namespace gyre::detail {

/// True if the session's peer showed a certificate that is no longer valid.
bool peer_has_expired(const SSL_SESSION* session, std::time_t now) noexcept;

/// The sessions that a client could resume, those used last; used by all threads. They are kept
/// apart by the peer that was verified, which is not verified again when one is resumed. Copies go
/// in and out, as OpenSSL goes on changing those of its connections.
class TlsSessions {
public:
    static constexpr std::size_t max_sessions = 256;
    static constexpr std::size_t max_of_a_peer = 4;
    static constexpr std::size_t max_ticket_size = 16 * 1024;

    void put(const std::string& peer, const SSL_SESSION* session);
    /// The newest that can be resumed now; null if there is none. One of TLS 1.3 is given away only
    /// once, so that nobody can tell from it that two connections are of the same client (RFC 8446,
    /// C.4).
    SslSessionPtr take(const std::string& peer, std::time_t now);
    void forget(const std::string& peer) noexcept;

private:
    struct Entry {
        std::string peer;
        SslSessionPtr session;
    };

    std::mutex mutex_;
    std::list<Entry> entries_;  // the newest first
};

}  // namespace gyre::detail
