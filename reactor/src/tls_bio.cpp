#include "tls_bio.hpp"

#include <gyre/error_access.hpp>

#include <openssl/bio.h>

#include <span>
#include <string_view>
#include <utility>

namespace gyre::detail {
namespace {

TlsBioState& state_of(BIO* bio) noexcept { return *static_cast<TlsBioState*>(BIO_get_data(bio)); }

/// Keeps the first error of OpenSSL's queue while the transport below is called, which may be TLS
/// too and clear it: what the connection above failed with is there when it sends its alert.
class KeptError {
public:
    KeptError() noexcept = default;
    KeptError(const KeptError&) = delete;
    KeptError& operator=(const KeptError&) = delete;
    ~KeptError() {
        if (code_ == 0 || ERR_peek_error() != 0) return;
        ERR_new();
        ERR_set_error(ERR_GET_LIB(code_), ERR_GET_REASON(code_), nullptr);
    }

private:
    unsigned long code_ = ERR_peek_error();
};

// The last one counts; one that it replaces has lost its meaning.
void keep_error(TlsBioState& state, Error error) noexcept {
    ErrorAccess::mark_looked_at(state.error);
    state.error = std::move(error);
}

int read_below(BIO* bio, char* room, std::size_t size, std::size_t* got) noexcept {
    TlsBioState& state = state_of(bio);
    BIO_clear_retry_flags(bio);
    const KeptError kept;
    IOResult result = state.lower->read_some({room, size});
    *got = result.bytes;
    switch (result.status) {
        case IOStatus::ok:
            return 1;
        case IOStatus::would_block:
            state.read_blocked = true;
            BIO_set_retry_read(bio);
            return 0;
        case IOStatus::end:
            state.ended = true;
            return 0;
        case IOStatus::failed:
            keep_error(state, std::move(result.error));
            return 0;
    }
    return 0;
}

int write_below(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) noexcept {
    TlsBioState& state = state_of(bio);
    BIO_clear_retry_flags(bio);
    const std::string_view buffer{bytes, size};
    const KeptError kept;
    IOResult result = state.lower->write_some({&buffer, 1});
    *sent = result.bytes;
    if (result.status == IOStatus::failed) {
        keep_error(state, std::move(result.error));
        return 0;
    }
    if (result.status == IOStatus::ok && result.bytes > 0) return 1;
    BIO_set_retry_write(bio);
    return 0;
}

long control(BIO* bio, int command, long, void*) noexcept {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return state_of(bio).ended ? 1 : 0;
        default:
            return 0;
    }
}

// One for the process; never freed, as connections may outlive static objects.
const BIO_METHOD* method() noexcept {
    static BIO_METHOD* const made = [] {
        BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gyre");
        if (!fresh) return fresh;
        BIO_meth_set_read_ex(fresh, read_below);
        BIO_meth_set_write_ex(fresh, write_below);
        BIO_meth_set_ctrl(fresh, control);
        return fresh;
    }();
    return made;
}

}  // namespace

bool attach_bio(SSL* ssl, TlsBioState& state) noexcept {
    BIO* const bio = method() ? BIO_new(method()) : nullptr;
    if (!bio) return false;
    BIO_set_data(bio, &state);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);  // takes the one reference
    return true;
}

}  // namespace gyre::detail
