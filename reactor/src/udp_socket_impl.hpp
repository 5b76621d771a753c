#pragma once

#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/udp_socket.hpp>

#include <deque>
#include <memory>
#include <string>

namespace gyre::detail {

/// The socket behind `UDPSocket`.
class UDPSocketImpl final : public Resident, private DatagramListener {
public:
    UDPSocketImpl(ReactorRef reactor, const UDPSocketOptions& options);

    /// Begins to live: called once, right after construction.
    void start() { reactor_.adopt(shared_from_this()); }

    Error bind(const Address& local);
    Error connect(const Address& peer);
    /// `to` none: the peer.
    void send(std::string_view data, const Address& to, Callback<void(Error)> callback);
    /// Tells `callback`, or the error handler, on a later turn.
    void finish_send(Callback<void(Error)> callback, Error error);
    std::size_t queued_bytes() const noexcept { return queued_bytes_; }

    void on_datagram(Handler<void(std::string_view, const Address&)> handler);
    void set_error_handler(Handler<void(Error)> handler);
    void set_paused(bool paused);
    void unref();

    void close();
    void set_close_callback(Callback<void(Error)> callback);
    bool closed() const noexcept { return state_ == State::closed; }

    /// The socket below for a setting, or null and why.
    DatagramSocket* opened(Error& error) const;
    Address local_address() const { return socket_ ? socket_->local_address() : Address{}; }
    Address peer_address() const { return socket_ ? socket_->peer_address() : Address{}; }
    const UDPSocketStats& stats() const noexcept { return stats_; }
    const ReactorRef& reactor() const noexcept { return reactor_; }

    void on_reactor_destroyed() noexcept override;
    void list_pending(PendingOperations& all) const override;

private:
    enum class State {
        unbound,  ///< There is no socket yet.
        open,     ///< Bound.
        closed,   ///< `close` was called, or the reactor is gone.
    };

    /// A datagram that the system had no room for.
    struct Pending {
        std::string data;
        Address to;
        Callback<void(Error)> callback;
    };

    void on_readable() noexcept override;
    void on_writable() noexcept override;
    void on_error(Error error) noexcept override;

    Error open(const Address& local);
    Error open_for(const Address& peer);
    Error check_send(const Address& to);
    bool receive_one(const BlockRef& room, std::size_t& share);
    void enqueue(std::string_view data, const Address& to, Callback<void(Error)> callback);
    void tell_closed() noexcept;
    void update_reading() noexcept;
    void update_hold() noexcept;

    ReactorRef reactor_;
    UDPSocketOptions options_;
    std::unique_ptr<DatagramSocket> socket_;
    State state_ = State::unbound;
    Hold hold_;
    bool counted_ = true;
    bool connected_ = false;
    bool paused_ = false;
    bool told_closed_ = false;

    Handler<void(std::string_view, const Address&)> on_datagram_;
    Handler<void(Error)> error_handler_;
    Callback<void(Error)> close_callback_;
    std::deque<Pending> queue_;
    std::size_t queued_bytes_ = 0;
    UDPSocketStats stats_;
};

}  // namespace gyre::detail
