#pragma once

#include "exchange.hpp"
#include "http1_parser.hpp"
#include "peer_info.hpp"
#include "proxy_protocol.hpp"
#include <gyre/deadline.hpp>
#include <gyre/iostream.hpp>
#include <gyre/output_queue.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

class ApplicationImpl;
class RequestDecoder;
class ServerCore;
enum class DecodeError : std::uint8_t;

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
    /// The same where the header of the PROXY protocol comes before anything else.
    void start_behind_proxy();
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
    const ApplicationImpl& routes() const noexcept;
    /// Nothing stands between the request and its handler any more.
    void enter_route(Exchange& exchange) noexcept;
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
    /// Who is at the other end; for its requests, when there is one.
    const PeerRef& peer() {
        if (!peer_) identify_peer();
        return peer_;
    }
    /// Whether this request asks for another protocol, and may have it.
    bool may_upgrade(const Exchange& exchange) const noexcept;
    /// The response that `exchange` finishes now is the connection's last one: then the transport
    /// goes to `callback`.
    void begin_upgrade(Exchange& exchange, Callback<void(Error, IOStream)> callback);

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
        announced,    ///< The header of the PROXY protocol is awaited.
        handshaking,  ///< TLS has begun.
        open,         ///< Requests are read and responses sent.
        upgrading,    ///< Another protocol's, once all that is queued has been sent.
        ending,       ///< Nothing more is read; the last response is being sent.
        lingering,    ///< All is sent; what the peer still sends is thrown away until it ends.
        closed,
    };

    /// An upgrade that was granted.
    struct Upgrade {
        Exchange* exchange;
        Callback<void(Error, IOStream)> callback;
    };

    /// What the peer has to do next, and by when.
    enum class Awaits : std::uint8_t {
        nothing,     ///< It is the server's turn, or the handler's.
        first_byte,  ///< Idle: of the next request.
        head,        ///< The rest of a head.
        body,        ///< More of a body.
    };

    // Before the first request.
    void read_proxy_header() noexcept;
    void begin_behind_proxy(gyre::ReadSlice slice) noexcept;
    void identify_peer();
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
    void allow_body(Exchange& exchange) noexcept;
    void end_request() noexcept;
    void reject(int status, std::string_view bytes) noexcept;
    void fail_body(int status, Errc kind, std::string why) noexcept;
    void refuse_body(Http1Error error) noexcept;
    void on_peer_end() noexcept;
    void throw_away_input() noexcept;
    bool can_parse() const noexcept;
    bool begin_decoding(Exchange& exchange);
    bool set_body_limit(std::uint64_t bytes) noexcept;
    bool has_undecoded() const noexcept;
    bool decode_body() noexcept;
    bool decoding_complete() noexcept;
    void fail_decoding(DecodeError error) noexcept;
    void keep_undecoded() noexcept;
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
    gyre::IOResult send_file(std::size_t most) noexcept;

    // Upgrades.
    bool finish_upgrade(const Exchange& exchange) noexcept;
    void start_handing_over() noexcept;
    void finish_handing_over() noexcept;
    void hand_over() noexcept;
    void fail_upgrade(const Error& error) noexcept;

    // Ending.
    void finish_drain() noexcept;
    void end_idle() noexcept;
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
    std::shared_ptr<RequestDecoder> decoder_;  // of the body that is being read, if it is coded

    std::unique_ptr<ProxyProtocolParser> proxy_header_;  // while it is awaited
    std::unique_ptr<gyre::Address> announced_client_;    // by that header, until peer_ is there
    PeerRef peer_;
    const Exchange* upgradable_ = nullptr;  // in flight; what follows it may not be HTTP
    std::unique_ptr<Upgrade> upgrade_;

    gyre::detail::Deadline read_deadline_;
    gyre::detail::Deadline write_deadline_;
    gyre::TimePoint body_started_{};
    gyre::TimePoint body_held_since_{};     // that the handler does not want it; zero: it does
    std::uint64_t body_received_ = 0;       // with its framing
    std::uint64_t body_limit_ = unlimited;  // that was set for it, decoded
    std::uint64_t bytes_sent_ = 0;
    std::size_t thrown_away_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t heads_in_batch_ = 0;
    std::size_t decoded_in_batch_ = 0;
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
