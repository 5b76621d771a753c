#pragma once

#include "tls_bio.hpp"
#include "tls_context.hpp"
#include <gyre/error_access.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls_transport.hpp>
#include <gyre/transport.hpp>

#include <memory>
#include <string>
#include <utility>

namespace gyre::detail {

/// TLS over another transport. What the listener wants and what OpenSSL needs are kept apart: in
/// order to read, TLS may have to write, and the other way round.
class TlsTransport final : public Transport, private TransportListener {
public:
    TlsTransport(ReactorRef reactor, std::unique_ptr<Transport> lower, const TLSContext& context,
                 TLSRole role, std::string host_name);
    ~TlsTransport() override;

    void set_listener(TransportListener* listener) noexcept override;
    void want_read(bool wanted) noexcept override;
    void want_write(bool wanted) noexcept override;
    Error finish_connect() noexcept override;
    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override;
    void shutdown_write() noexcept override;
    void close() noexcept override;
    void abort() noexcept override;

    Address local_address() const noexcept override { return lower_->local_address(); }
    Address peer_address() const noexcept override { return lower_->peer_address(); }
    int native_handle() const noexcept override { return lower_->native_handle(); }
    bool is_secure() const noexcept override { return true; }
    std::string_view application_protocol() const noexcept override;
    TLSInfo tls_info() const override;

private:
    enum class State {
        connecting,   ///< A client waits for the transport below.
        handshaking,  ///< OpenSSL is at it.
        open,         ///< Data may pass.
        ended,        ///< As open, but the peer has said that it sends no more.
        failed,       ///< `failure_` is the answer to everything.
        closed,       ///< `close` or `abort` was called.
    };
    /// An error that is told again and again; if it never was, it concerned nobody.
    class Failure {
    public:
        Failure() = default;
        Failure(const Failure&) = delete;
        Failure& operator=(const Failure&) = delete;
        ~Failure() {
            if (!told_) ErrorAccess::mark_looked_at(error_);
        }
        void keep(Error error) noexcept { error_ = std::move(error); }
        Error tell() noexcept {
            told_ = true;
            return error_;
        }

    private:
        Error error_;
        bool told_ = false;
    };
    static IOResult closed_result() {
        return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}};
    }
    /// What has to happen below before a call into OpenSSL is worth repeating.
    enum class Need { nothing, read, write };

    // Events of the transport below.
    void on_readable() noexcept override;
    void on_writable() noexcept override;
    void on_hangup() noexcept override;

    bool in_handshake() const noexcept {
        return state_ == State::connecting || state_ == State::handshaking;
    }
    Error set_up(const TLSContext& context, TLSRole role, std::string host_name);
    void start_handshake() noexcept;
    void drive_handshake() noexcept;
    Error handshake_error(int ssl_error);
    void forget_sessions() noexcept;

    std::size_t read_records(std::span<char> room) noexcept;
    std::size_t read_record(std::span<char> room) noexcept;
    std::string_view next_chunk(std::span<const std::string_view> buffers,
                                std::size_t skip) const noexcept;
    IOResult write_chunk(std::string_view chunk) noexcept;
    Error stream_error(int ssl_error, const char* what);
    void fail(Error error) noexcept;

    void finish_shutdown() noexcept;
    bool send_close_notify() noexcept;
    void drain_below() noexcept;
    void say_farewell();
    void leave() noexcept;

    void update_wants() noexcept;
    bool has_own_event() const noexcept;
    void post_own_event() noexcept;
    void deliver_own_event() noexcept;

    ReactorRef reactor_;
    std::shared_ptr<Transport> lower_;  // shared only with what says farewell after `close`
    TlsBioState bio_;
    SslPtr ssl_;
    std::shared_ptr<TlsTransport*> self_;  // posted events look through it; null inside: gone
    TransportListener* listener_ = nullptr;
    Failure failure_;
    std::size_t blocked_size_ = 0;  // of the write that OpenSSL wants repeated

    State state_ = State::connecting;
    Need handshake_need_ = Need::write;
    Need read_need_ = Need::read;
    Need write_need_ = Need::write;
    bool want_read_ = false;
    bool want_write_ = false;
    bool buffered_ = false;  // OpenSSL may hold something to read, so no event comes from below
    bool shutting_down_ = false;  // shutdown_write was called
    bool notify_due_ = false;     // close_notify did not fit yet
    bool write_broken_ = false;   // the transport below takes nothing more
    bool posted_ = false;
    bool handed_over_ = false;  // `lower_` is no longer ours to close
};

}  // namespace gyre::detail
