#pragma once

#include "client_connection.hpp"
#include "client_core.hpp"
#include "client_exchange.hpp"
#include "client_hop.hpp"
#include <gyre/callback.hpp>
#include <gyre/connect_transport.hpp>
#include <gyre/deadline.hpp>
#include <gyre/http/http_request.hpp>
#include <gyre/http/http_response.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// One fetch, from the call to the callback: waits for a slot, gets a connection, has its request
// answered, follows redirects. It runs as a chain of start_x and on_x members; the user's callback
// comes last.
class ClientFetch final : public gyre::detail::Resident,
                          private ConnectionUser,
                          private gyre::detail::DeadlineListener {
public:
    ClientFetch(std::shared_ptr<ClientLease> client, HTTPRequest request,
                Callback<void(HTTPResponse)> callback);

    // Called once, right after construction. Everything happens on later turns.
    void start();
    // The client lets it run. Does not call the user inline.
    void on_slot();
    void cancel();
    void on_reactor_destroyed() noexcept override;
    void list_pending(gyre::PendingOperations& all) const override {
        if (callback_)
            all.push_back({.kind = "fetch", .detail = request_.url, .place = callback_.place()});
    }

private:
    enum class State {
        created,      ///< Its first turn is still to come.
        queued,       ///< Waits for one of the client's slots.
        resolving,    ///< The host is being looked up.
        connecting,   ///< An address is being tried.
        handshaking,  ///< TLS is being set up.
        sending,      ///< Part of the request has not gone out yet.
        waiting,      ///< All of it has gone out, and no byte of the reply has come.
        receiving,    ///< The reply comes in.
        redirecting,  ///< It is a redirect that is followed; its body is thrown away.
        delivering,   ///< The response is complete and on its way to the callback.
        done,         ///< The callback has been called, or never will be.
    };

    // In the order in which they run.
    void begin();
    void start_connection();
    void start_connect();
    void on_resolved(TimePoint when);
    void on_connect(Error error, std::unique_ptr<Transport> transport);
    void start_handshake(std::unique_ptr<Transport> transport);
    void on_secured(ClientConnection& connection, Error error) noexcept override;
    void start_exchange();
    void on_sent(ClientConnection& connection) noexcept override;
    void on_bytes(ClientConnection& connection, std::string_view bytes) noexcept override;
    void on_ended(ClientConnection& connection, Error error) noexcept override;
    bool on_step(ClientExchange::Step step);
    bool on_head();
    bool on_redirect();
    bool on_final_head();
    bool on_body(std::string_view piece);
    void on_complete();
    void start_next_hop();
    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;

    // Ends.
    void finish();
    void fail(Error error);
    void fail_later(Error error);
    void set_failure(Error error);
    void leave();
    void deliver();

    ConnectionKey connection_key() const;
    Http1Limits reply_limits() const;
    bool show_head_lines();
    bool may_retry() const noexcept;
    void drop_connection() noexcept;
    std::string_view phase() const noexcept;
    bool ended() const noexcept { return state_ == State::delivering || state_ == State::done; }
    std::string server_name() const { return hop_.url.host_header(); }
    std::shared_ptr<ClientFetch> self() {
        return std::static_pointer_cast<ClientFetch>(shared_from_this());
    }

    std::shared_ptr<ClientLease> client_;
    gyre::detail::ReactorRef reactor_;
    HTTPRequest request_;
    HTTPResponse response_;
    Callback<void(HTTPResponse)> callback_;
    State state_ = State::created;
    gyre::detail::Hold hold_;
    gyre::detail::Deadline request_deadline_;
    gyre::detail::Deadline connect_deadline_;

    ClientCore::Queue::iterator place_in_queue_{};
    bool has_slot_ = false;
    ClientHop hop_;
    std::string head_;  // of its request
    ConnectionKey key_;
    ClientHop next_hop_;  // where a redirect leads
    gyre::detail::ConnectHandle connect_;
    TLSContext tls_;
    std::shared_ptr<ClientConnection> connection_;
    ClientExchange exchange_;
    bool reused_ = false;
    bool retried_ = false;
    std::uint64_t drained_ = 0;

    TimePoint started_{};
    TimePoint step_started_{};  // the part that the state names
};

}  // namespace gyre::http::detail
