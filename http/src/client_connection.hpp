#pragma once

#include "connection_key.hpp"
#include <gyre/error.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gyre::http::detail {

class ClientConnection;

// Whoever a connection works for: a fetch, or the pool while it is idle. Called on the reactor's
// thread, never from within a call to the connection; it may close the connection and let go of it.
class ConnectionUser {
public:
    // The TLS handshake ended; only for who started it.
    virtual void on_secured(ClientConnection& connection, Error error) noexcept;
    // What was given to `send` has been handed to the system, or there is room to `offer` more.
    virtual void on_sent(ClientConnection& connection) noexcept = 0;
    virtual void on_bytes(ClientConnection& connection, std::string_view bytes) noexcept = 0;
    // The peer ended the stream (null) or it broke. Nothing comes after it.
    virtual void on_ended(ClientConnection& connection, Error error) noexcept = 0;

protected:
    ~ConnectionUser() = default;
};

// A connection to a server: sends a request, tells what comes back, and knows nothing of HTTP. It
// reads all the time, so that the end of an idle connection is noticed. A failed write is told only
// when reading has come to an end: a server that refuses a long body answers first and then closes.
class ClientConnection final : public gyre::detail::Resident, private TransportListener {
public:
    ClientConnection(gyre::detail::ReactorRef reactor, ConnectionKey key,
                     std::unique_ptr<Transport> transport);

    // Begins to live, with a transport that is connected or, if `handshakes`, one over TLS that
    // tells by on_secured when it is.
    void start(ConnectionUser& user, bool handshakes);
    void set_user(ConnectionUser& user) noexcept { user_ = &user; }

    // Begins another request, with nothing of it sent.
    void begin_request() noexcept { bytes_sent_ = 0; }
    // Sends a head and a body, which has to stay where it is until on_sent or the end. False if it
    // is not all gone yet: on_sent will come.
    bool send(std::string head, std::string_view body);
    bool sending() const noexcept { return !head_.empty() || !body_.empty(); }
    // For a body that comes in pieces, when nothing is `sending`: takes what it can of them, and
    // tells how many bytes that was; none after a write that failed.
    std::size_t offer(std::span<const std::string_view> pieces) noexcept;
    // Asks for on_sent when there is room to offer more, or no longer.
    void want_room(bool wanted) noexcept;
    // False also after a write that failed: the server may still be waiting for the rest.
    bool has_sent_all() const noexcept;
    bool write_failed() const noexcept;
    // Of this request.
    std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

    // Leaves what arrives to the system, so that the server has to wait.
    void pause_reading() noexcept;
    void resume_reading() noexcept;

    // Whether the last read left nothing behind, so that is_quiet needs not be asked at once.
    bool has_read_all() const noexcept { return has_read_all_; }
    // Whether an idle connection still has nothing to say.
    bool is_quiet() noexcept;

    // Ends it: in an orderly way, or at once. Its user hears nothing more.
    void close() noexcept;
    void abort() noexcept;

    const ConnectionKey& key() const noexcept { return key_; }
    Address peer_address() const noexcept { return transport_->peer_address(); }

    void on_reactor_destroyed() noexcept override;

private:
    enum class State {
        handshaking,  ///< TLS has begun; nothing may be sent.
        open,         ///< Bytes go both ways.
        closed,       ///< The transport is shut.
    };

    void on_readable() noexcept override;
    void on_writable() noexcept override;
    void on_hangup() noexcept override;

    void finish_handshake() noexcept;
    bool flush() noexcept;
    std::size_t write(std::span<const std::string_view> buffers) noexcept;
    void forget_request() noexcept;
    void tell_end(Error error) noexcept;
    void let_go() noexcept;

    gyre::detail::ReactorRef reactor_;
    ConnectionKey key_;
    std::unique_ptr<Transport> transport_;
    ConnectionUser* user_ = nullptr;
    State state_ = State::open;

    std::string head_;  // of the request that is being sent
    std::size_t head_sent_ = 0;
    std::string_view body_;  // what is left of it
    std::uint64_t bytes_sent_ = 0;
    bool wants_room_ = false;
    Error send_error_;
    bool has_read_all_ = false;
};

}  // namespace gyre::http::detail
