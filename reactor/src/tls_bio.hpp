#pragma once

#include <gyre/error.hpp>
#include <gyre/transport.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace gyre::detail {

/// Around each call into OpenSSL: its error queue is per thread, and what others left in it, or we
/// would leave, is taken for the outcome of the next call.
class TlsCall {
public:
    TlsCall() noexcept { ERR_clear_error(); }
    TlsCall(const TlsCall&) = delete;
    TlsCall& operator=(const TlsCall&) = delete;
    ~TlsCall() { ERR_clear_error(); }
};

/// What passed between OpenSSL and the transport below during a call. It has to stay where it is
/// as long as a BIO refers to it.
struct TlsBioState {
    Transport* lower = nullptr;
    bool read_blocked = false;  ///< The last read below would have blocked.
    bool ended = false;         ///< The stream below came to its end.
    Error error{};              ///< What the transport below failed with.
};

/// Lets `ssl` read and write through `state.lower`, without any buffer in between.
bool attach_bio(SSL* ssl, TlsBioState& state) noexcept;

}  // namespace gyre::detail
