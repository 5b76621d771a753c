#include "tls_connection.hpp"

#include "tls_context.hpp"
#include <gyre/error_access.hpp>

#include <utility>

namespace gyre::detail {
namespace {

void free_connection(void*, void* connection, CRYPTO_EX_DATA*, int, long, void*) noexcept {
    const std::unique_ptr<TlsConnection> owned{static_cast<TlsConnection*>(connection)};
    if (owned) ErrorAccess::mark_looked_at(owned->refusal);
}

int slot() noexcept {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_connection);
    return index;
}

}  // namespace

bool TlsConnection::attach(SSL* ssl, std::shared_ptr<const TlsContext> context) {
    auto connection = std::make_unique<TlsConnection>();
    connection->context = std::move(context);
    if (slot() < 0 || SSL_set_ex_data(ssl, slot(), connection.get()) != 1) return false;
    return connection.release() != nullptr;
}

TlsConnection& TlsConnection::of(const SSL* ssl) noexcept {
    return *static_cast<TlsConnection*>(SSL_get_ex_data(ssl, slot()));
}

}  // namespace gyre::detail
