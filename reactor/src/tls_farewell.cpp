#include "tls_farewell.hpp"

#include <gyre/error_access.hpp>

#include <atomic>
#include <chrono>
#include <utility>

namespace gyre::detail {
namespace {

std::atomic<int> waiting{0};  // in the process, whose descriptors they are

}  // namespace

bool TlsFarewell::has_room() noexcept {
    return waiting.load(std::memory_order_relaxed) < most_at_once;
}

TlsFarewell::TlsFarewell(ReactorRef reactor, std::shared_ptr<Transport> lower, SSL* ssl) noexcept
    : reactor_(std::move(reactor)),
      hold_(reactor_),
      deadline_(reactor_, *this),
      lower_(std::move(lower)),
      ssl_(ssl) {
    waiting.fetch_add(1, std::memory_order_relaxed);
    SSL_up_ref(ssl);
    bio_.lower = lower_.get();
    BIO_set_data(SSL_get_wbio(ssl), &bio_);
}

TlsFarewell::~TlsFarewell() {
    waiting.fetch_sub(1, std::memory_order_relaxed);
    ErrorAccess::mark_looked_at(bio_.error);
}

void TlsFarewell::start() {
    constexpr Duration write_timeout = std::chrono::seconds{30};
    reactor_.adopt(shared_from_this());
    hold_.set(true);
    deadline_.expire_after(write_timeout);
    lower_->set_listener(this);
    lower_->want_read(false);
    lower_->want_write(true);
}

void TlsFarewell::on_writable() noexcept {
    const TlsCall call;
    const int result = SSL_shutdown(ssl_.get());
    if (result < 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE) return;
    end();
}

void TlsFarewell::on_deadline(Deadline&) noexcept {
    lower_->abort();
    end();
}

void TlsFarewell::on_reactor_destroyed() noexcept {
    deadline_.clear();
    lower_->close();
}

void TlsFarewell::end() noexcept {
    deadline_.clear();
    hold_.set(false);
    lower_->close();
    reactor_.abandon(*this);
}

}  // namespace gyre::detail
