#include "tls_sessions.hpp"

#include <openssl/x509.h>

#include <algorithm>
#include <utility>

namespace gyre::detail {
namespace {

// OpenSSL takes a session without writing to it, but says so only in places.
SSL_SESSION* plain(const SSL_SESSION* session) noexcept {
    return const_cast<SSL_SESSION*>(session);
}

bool is_single_use(const SSL_SESSION* session) noexcept {
    return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
}

bool is_usable(const SSL_SESSION* session, std::time_t now) noexcept {
    const auto hint = static_cast<long>(SSL_SESSION_get_ticket_lifetime_hint(session));
    long lifetime = SSL_SESSION_get_timeout(session);
    if (hint > 0) lifetime = std::min(lifetime, hint);
    const std::time_t age = now - SSL_SESSION_get_time(session);
    return age >= 0 && age < lifetime && !peer_has_expired(session, now);
}

}  // namespace

bool peer_has_expired(const SSL_SESSION* session, std::time_t now) noexcept {
    const X509* const certificate = SSL_SESSION_get0_peer(plain(session));
    return certificate && X509_cmp_time(X509_get0_notAfter(certificate), &now) < 0;
}

void TlsSessions::put(const std::string& peer, const SSL_SESSION* session) {
    const unsigned char* ticket = nullptr;
    std::size_t size = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &size);
    if (size > max_ticket_size || SSL_SESSION_is_resumable(session) != 1) return;
    SslSessionPtr copy{SSL_SESSION_dup(plain(session))};
    if (!copy) return;
    const std::size_t most = is_single_use(session) ? max_of_a_peer : 1;

    const std::lock_guard lock{mutex_};
    entries_.push_front({peer, std::move(copy)});
    std::size_t count = 0;
    std::erase_if(entries_,
                  [&](const Entry& entry) { return entry.peer == peer && ++count > most; });
    if (entries_.size() > max_sessions) entries_.pop_back();
}

SslSessionPtr TlsSessions::take(const std::string& peer, std::time_t now) {
    const std::lock_guard lock{mutex_};
    std::erase_if(entries_, [&](const Entry& entry) {
        return entry.peer == peer && !is_usable(entry.session.get(), now);
    });
    const auto found = std::ranges::find(entries_, peer, &Entry::peer);
    if (found == entries_.end()) return nullptr;
    if (!is_single_use(found->session.get())) {
        entries_.splice(entries_.begin(), entries_, found);
        return SslSessionPtr{SSL_SESSION_dup(found->session.get())};
    }
    SslSessionPtr session = std::move(found->session);
    entries_.erase(found);
    return session;
}

void TlsSessions::forget(const std::string& peer) noexcept {
    const std::lock_guard lock{mutex_};
    std::erase_if(entries_, [&](const Entry& entry) { return entry.peer == peer; });
}

}  // namespace gyre::detail
