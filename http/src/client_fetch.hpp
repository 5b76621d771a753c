#pragma once

#include "authenticator.hpp"
#include "client_connection.hpp"
#include "client_core.hpp"
#include "client_dialer.hpp"
#include "client_exchange.hpp"
#include "client_hop.hpp"
#include "client_queue.hpp"
#include "client_route.hpp"
#include "request_body.hpp"
#include "speed_watch.hpp"
#include <gyre/callback.hpp>
#include <gyre/deadline.hpp>
#include <gyre/http/http_request.hpp>
#include <gyre/http/http_response.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

// One fetch, from the call to the callback: waits for a slot, gets a connection, has its request
// answered, follows redirects. It runs as a chain of start_x and on_x members, in the order of this
// class, each stretch in a file of its own; the user's callback comes last.
class ClientFetch final : public gyre::detail::Resident,
                          public ClientQueueUser,
                          private DialerListener,
                          private ConnectionUser,
                          private RequestBodyOwner,
                          private gyre::detail::DeadlineListener {
public:
    ClientFetch(std::shared_ptr<ClientLease> client, HTTPRequest&& request,
                Callback<void(HTTPResponse)> callback);

    // Called once, right after construction. Everything happens on later turns.
    void start();
    // The client lets it run. Does not call the user inline.
    void on_slot() override;
    void cancel();
    void pause_reading();
    void resume_reading();
    void on_reactor_destroyed() noexcept override;
    void list_pending(gyre::PendingOperations& all) const override {
        if (callback_)
            all.push_back(
                {.kind = "fetch", .detail = response_.effective_url, .place = callback_.place()});
    }

private:
    // Of a reply that is not the last, to be able to use its connection again.
    static constexpr std::uint64_t most_to_drain = 64 * kib;

    enum class State {
        created,     ///< Its first turn is still to come.
        queued,      ///< Waits for one of the client's slots, or a place at its origin.
        dialing,     ///< A connection is being made, or one of the pool looked at.
        sending,     ///< Part of the request has not gone out yet.
        expecting,   ///< Its head has; the body waits for `100 Continue`.
        waiting,     ///< All of it has gone out, and no byte of the reply has come.
        receiving,   ///< The reply comes in.
        discarding,  ///< It is not the last one; its body is thrown away.
        resting,     ///< The pause before the request is tried again.
        delivering,  ///< The response is complete and on its way to the callback.
        done,        ///< The callback has been called, or never will be.
    };

    // Getting a connection: client_fetch.cpp
    void begin();
    Error set_hop(ClientHop&& hop);
    void set_authenticators();
    Error write_head();
    std::string authorization() const;
    std::string authorization_for_proxy() const;
    void start_connection();
    void use_pooled();
    bool is_allowed(const Address& address) noexcept;
    void start_dialing();
    void on_dialed(Error error, std::shared_ptr<ClientConnection> connection) noexcept override;

    // The request goes out: client_fetch_sending.cpp
    void start_exchange();
    void on_sent(ClientConnection& connection) noexcept override;
    void start_expecting();
    void start_body();
    void produce_body(int attempt);
    void on_body_grown() noexcept override;
    void on_body_failed(Error error) noexcept override;
    void send_body();
    void on_request_sent() noexcept;
    void close_body(const Error& cause) noexcept;

    // The reply comes in: client_fetch_receiving.cpp
    void on_bytes(ClientConnection& connection, std::string_view bytes) noexcept override;
    void on_ended(ClientConnection& connection, Error error) noexcept override;
    void on_end_of_reply(Error error);
    void on_resumed();
    void take_steps();
    bool on_step(ClientExchange::Step step);
    void on_interim();
    bool on_final_head();
    bool begin_body();
    void list_head_lines();
    bool show_head();
    bool show_head_lines();
    bool on_body(std::string_view piece);
    void on_complete();

    // A reply that another request follows: client_fetch_repeating.cpp
    bool on_head();
    bool on_redirect();
    bool answers_challenge();
    bool start_discarding(ClientHop&& next);
    void start_next_hop();
    void move_to_origin();
    bool is_stale_connection() const noexcept;
    void on_attempt_failed(Error error);
    bool may_try_again(const Error& error) const noexcept;
    void rest();
    void try_again();
    void dial_again();

    // Ends: client_fetch_end.cpp
    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;
    void on_step_deadline();
    void start_watching_speed();
    void check_speed();
    void finish();
    void fail(Error error);
    void fail_later(Error error);
    void set_failure(Error error);
    void forget_reply();
    void leave();
    void deliver();
    void drop_dialer() noexcept;
    void drop_connection() noexcept;
    std::string_view phase() const noexcept;
    void note_reach() noexcept;

    const AsyncHTTPClientOptions& client_options() const { return client_->core()->options(); }
    bool has_address_filter() const noexcept;
    AddressFilter address_filter() const;
    Http1Limits reply_limits() const;
    bool is_buffering() const noexcept { return !request_.streaming_callback; }
    bool ended() const noexcept { return state_ == State::delivering || state_ == State::done; }
    std::string server_name() const { return hop_.url.host_header(); }
    std::shared_ptr<ClientFetch> self() {
        return std::static_pointer_cast<ClientFetch>(shared_from_this());
    }

    std::shared_ptr<ClientLease> client_;
    gyre::detail::ReactorRef reactor_;
    HTTPResponse response_;
    HTTPRequest& request_ = response_.request;
    Callback<void(HTTPResponse)> callback_;
    State state_ = State::created;
    gyre::detail::Hold hold_;
    gyre::detail::Deadline request_deadline_;
    gyre::detail::Deadline step_deadline_;  // of dialing, expecting and resting
    gyre::detail::Deadline speed_deadline_;
    SpeedWatch speed_;
    ClientQueue::Ticket ticket_;

    ClientHop hop_;
    ClientRoute route_;
    std::string head_;                   // of its request
    std::optional<ClientHop> next_hop_;  // where the reply that is discarded leads
    bool next_is_redirect_ = false;
    // Null unless there is somebody to show who we are, whose challenges have to be answered.
    std::shared_ptr<Authenticator> authenticator_;
    std::shared_ptr<Authenticator> proxy_authenticator_;

    std::shared_ptr<ClientDialer> dialer_;
    std::shared_ptr<ClientConnection> connection_;
    ClientExchange exchange_;
    std::shared_ptr<RequestBody> body_;  // while it is being fed
    bool body_due_ = false;              // it has not begun to be sent
    bool send_posted_ = false;
    bool request_sent_ = false;  // whole
    FetchFailure reach_ = FetchFailure::not_sent;
    int attempt_ = 0;
    int tried_again_ = 0;
    bool reused_ = false;
    bool replaced_stale_ = false;
    std::uint64_t received_ = 0;
    std::uint64_t speed_base_ = 0;  // what of it was there when the request began
    std::uint64_t drained_ = 0;
    std::vector<std::string> head_lines_;  // that header_callback has not got, the next one last
    bool head_due_ = false;                // head_callback has not been called
    bool paused_ = false;
    TimePoint paused_since_{};

    TimePoint started_{};
    TimePoint queued_since_{};
};

}  // namespace gyre::http::detail
