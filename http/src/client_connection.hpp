#pragma once

#include <gyre/error.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls.hpp>
#include <gyre/transport.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

class ClientConnection;

// What has to be equal for a connection to serve another request.
struct ConnectionKey {
    bool secure = false;
    std::string host;
    std::uint16_t port = 0;
    std::string unix_socket;
    TLSOptions tls;  // default unless secure

    friend bool operator==(const ConnectionKey&, const ConnectionKey&) = default;
};

// Whoever a connection works for: a fetch, or the pool while it is idle. Called on the reactor's
// thread, never from within a call to the connection; it may close the connection and let go of it.
class ConnectionUser {
public:
    // The TLS handshake ended.
    virtual void on_secured(ClientConnection& connection, Error error) noexcept = 0;
    // The request has been handed to the system.
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

    // Sends a head and a body, which has to stay where it is until on_sent or the end. False if it
    // is not all gone yet: on_sent will come.
    bool send(std::string head, std::string_view body);
    bool sending() const noexcept { return !head_.empty() || !body_.empty(); }
    // False also after a write that failed: the server may still be waiting for the rest.
    bool has_sent_all() const noexcept;

    // Whether the last read left nothing behind, so that is_quiet needs not be asked at once.
    bool has_read_all() const noexcept { return has_read_all_; }
    // Whether an idle connection still has nothing to say.
    bool is_quiet() noexcept;

    // Ends it: in an orderly way, or at once. Its user hears nothing more.
    void close() noexcept;
    void abort() noexcept;

    const ConnectionKey& key() const noexcept { return key_; }

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
    Error send_error_;
    bool has_read_all_ = false;
};

}  // namespace gyre::http::detail
