#pragma once

#include "exchange.hpp"
#include "http1_parser.hpp"
#include <gyre/deadline.hpp>
#include <gyre/output_queue.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

class ServerCore;

/// One connection of a server: reads requests, keeps those in flight in order, sends the responses.
class ServerConnection final : public gyre::detail::Resident,
                               public gyre::TransportListener,
                               public gyre::detail::DeadlineListener {
public:
    ServerConnection(gyre::detail::ReactorRef reactor, ServerCore& core,
                     std::unique_ptr<gyre::Transport> transport);
    ~ServerConnection() override;

    /// Begins to live: called once, right after construction.
    void start(bool handshake);
    /// The server drains: nothing new is taken, and the connection ends when it is idle.
    void drain() noexcept;
    /// Ends at once; the peer sees a reset. The callbacks of what is in flight are called later.
    void abort() noexcept;
    /// The same, with what the callbacks get.
    void abort(Error error) noexcept { lose(std::move(error), true); }
    /// Ends without a callback, as the server goes.
    void release() noexcept;

    // For its exchanges.
    const HTTPServerOptions& options() const noexcept;
    std::string_view date() const noexcept;
    /// Where an exchange's bytes go: to the peer if it is first in line, else they wait.
    gyre::detail::OutputQueue& output_for(Exchange& exchange) noexcept {
        return is_first(exchange) ? output_ : exchange.waiting();
    }
    bool is_first(const Exchange& exchange) const noexcept { return &exchange == first_; }
    std::size_t output_bytes() const noexcept { return output_.bytes(); }
    /// What was written on top of full queues, of all its exchanges.
    std::size_t over_high_water() const noexcept;
    void schedule_send() noexcept;
    void send_now() noexcept;
    void on_response_done(Exchange& exchange) noexcept;
    void resume() noexcept;
    void limit_body(Exchange& exchange, std::uint64_t bytes) noexcept;
    /// Whether the connection may go on after this exchange, as far as it knows by now.
    bool may_keep_alive(const Exchange& exchange) const noexcept {
        return exchange.next || !(peer_ended_ || draining_);
    }
    bool peer_ended() const noexcept { return peer_ended_; }
    gyre::Address peer_address() const noexcept { return transport_->peer_address(); }
    bool is_secure() const noexcept { return transport_->is_secure(); }

    void on_readable() noexcept override;
    void on_writable() noexcept override;
    void on_hangup() noexcept override;
    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;
    void on_reactor_destroyed() noexcept override;
    void list_pending(gyre::PendingOperations& all) const override;

    // Links of the server's list.
    ServerConnection* previous_connection = nullptr;
    ServerConnection* next_connection = nullptr;

private:
    enum class State : std::uint8_t {
        handshaking,  ///< TLS has begun.
        open,         ///< Requests are read and responses sent.
        ending,       ///< Nothing more is read; the last response is being sent.
        lingering,    ///< All is sent; what the peer still sends is thrown away until it ends.
        closed,
    };

    /// What the peer has to do next, and by when.
    enum class Awaits : std::uint8_t {
        nothing,     ///< It is the server's turn, or the handler's.
        first_byte,  ///< Idle: of the next request.
        head,        ///< The rest of a head.
        body,        ///< More of a body.
    };

    ServerSight& sight() noexcept;

    // Input.
    void finish_handshake() noexcept;
    void receive(gyre::ReadSlice slice) noexcept;
    void parse(gyre::ReadSlice slice) noexcept;
    bool parse_head(gyre::ReadSlice& slice) noexcept;
    bool parse_body(gyre::ReadSlice& slice) noexcept;
    void keep_rest(gyre::ReadSlice rest);
    static gyre::ReadSlice copy_of(std::string_view bytes, std::size_t room);
    void start_request(Exchange* exchange, const gyre::ReadSlice& slice) noexcept;
    void add_body(std::string_view piece, const gyre::BlockRef& block) noexcept;
    void end_request() noexcept;
    void reject(int status, std::string_view bytes) noexcept;
    void fail_body(int status, Errc kind, std::string why) noexcept;
    void refuse_body(Http1Error error) noexcept;
    void on_peer_end() noexcept;
    void throw_away_input() noexcept;
    bool can_parse() const noexcept;
    bool output_is_full() const noexcept;
    void update_reading() noexcept;

    // Deadlines.
    Awaits awaited() const noexcept;
    void update_deadline() noexcept;
    Duration time_for(Awaits awaits) const noexcept;
    void note_held_body() noexcept;
    ServerLimit missed_body_limit() const noexcept;
    std::optional<ServerLimit> broken_body_limit() const noexcept;
    void fail_late_body(ServerLimit limit) noexcept;

    // Output.
    void push(Exchange* exchange) noexcept;
    void pop_finished() noexcept;
    void follow_to_end(Exchange& exchange);
    void send() noexcept;
    bool send_some() noexcept;

    // Ending.
    void finish_drain() noexcept;
    void begin_ending() noexcept;
    void finish_ending() noexcept;
    void close() noexcept;
    void lose(Error error, bool reset) noexcept;
    void end_quietly() noexcept;
    void enter_closed() noexcept;
    void drop_exchanges(const Error& error) noexcept;
    void forget_body() noexcept;
    Exchange* take_exchanges() noexcept;
    /// Calls `step` with this connection on a later turn.
    template <class Step>
    void post(Step step) noexcept {
        reactor_.post(
            Callback<void()>{[self = std::static_pointer_cast<ServerConnection>(shared_from_this()),
                              step] { step(*self); },
                             gyre::detail::Origin{}});
    }

    gyre::detail::ReactorRef reactor_;
    ServerCore* core_;
    std::unique_ptr<gyre::Transport> transport_;
    gyre::detail::Hold hold_;
    RequestParser parser_;

    Exchange* first_ = nullptr;  // in flight, in the order of the requests
    Exchange* last_ = nullptr;
    Exchange* reading_ = nullptr;  // the one whose body is being read
    gyre::detail::OutputQueue output_;
    gyre::ReadSlice rest_;  // bytes that were read and not parsed, in a block of their own

    gyre::detail::Deadline read_deadline_;
    gyre::detail::Deadline write_deadline_;
    gyre::TimePoint body_started_{};
    gyre::TimePoint body_held_since_{};  // that the handler does not want it; zero: it does
    std::uint64_t body_received_ = 0;    // with its framing
    std::uint64_t bytes_sent_ = 0;
    std::size_t thrown_away_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t heads_in_batch_ = 0;
    State state_ = State::open;
    Awaits awaits_ = Awaits::nothing;
    bool in_batch_ = false;
    bool send_posted_ = false;
    bool resume_posted_ = false;
    bool needs_bytes_ = false;    // what was read and not parsed is no use without more
    bool pipeline_full_ = false;  // and counted as such
    bool progress_ = false;       // the deadline begins anew
    bool served_ = false;
    bool peer_ended_ = false;
    bool draining_ = false;
    bool last_request_ = false;  // what follows on the connection is not a request any more
    bool unread_input_ = false;  // the peer may still be sending what nobody will read
};

}  // namespace gyre::http::detail
