#pragma once

#include "exchange_pool.hpp"
#include "http1_head.hpp"
#include "request_trail.hpp"
#include "response_writer.hpp"
#include "router.hpp"
#include <gyre/block.hpp>
#include <gyre/deadline.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/output_queue.hpp>
#include <gyre/reactor_ref.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {

class ServerConnection;

/// A handler and how it takes its requests.
struct Route {
    HTTPServer::RequestHandler handler;
    bool streaming = false;  ///< Called at the head, not when the body is complete.
};

/// One request and its response: what `HTTPServerRequest` and `HTTPServerResponse` refer to.
///
/// Counted by its references, and apart from that by those to the response: when the last of these
/// goes, an unfinished response is failed. Its pool holds one reference, and the connection it came
/// from another one while it is in flight. The connection is forgotten when the response is
/// complete or the connection ends, whichever comes first; then the exchange is inert.
class Exchange final : public gyre::detail::DeadlineListener {
public:
    Exchange(gyre::detail::ReactorRef reactor, ExchangePool& pool);
    ~Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // References; any thread. What the last one frees belongs to the reactor's thread, so elsewhere
    // the last one is sent home.
    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept;
    void retain_response() noexcept;
    void release_response() noexcept;

    // For its pool.
    std::size_t pool_index = 0;
    void clear() noexcept;
    void leave_pool() noexcept;

    // The life of an exchange, as its connection drives it.
    /// The head is complete: its views lie in `block`.
    void begin(ServerConnection& connection, gyre::BlockRef block, bool keep_alive);
    void set_route(RouteMatch match, const Route* route);
    bool streaming() const noexcept { return route_ && route_->streaming; }
    bool has_route() const noexcept { return route_ != nullptr; }
    /// 404, 405 or 400, where no route matches.
    int status_without_route() const noexcept;
    void run_handler() noexcept;
    /// A piece of the body, which lies in `block`.
    void add_body(std::string_view piece, const gyre::BlockRef& block) noexcept;
    void finish_body(Error error) noexcept;
    /// A streaming handler has not yet said where the body shall go, or has paused it.
    bool holds_back_body() const noexcept;
    /// The client has ended its side, and may be gone.
    void tell_connection_closed() noexcept;
    /// Tells `on_drain` if the queue has gone down far enough.
    void tell_drained() noexcept;
    /// Its response is complete, or its connection goes: nothing is asked of that any more.
    void forget_connection() noexcept {
        connection_ = nullptr;
        deadline_.clear();
    }
    /// The connection is gone: everything ends with `error`, told on a later turn.
    void detach(const Error& error) noexcept;
    /// The server or reactor is gone: everything is released uncalled.
    void discard() noexcept;
    /// The bytes that wait because it is not this exchange's turn.
    gyre::detail::OutputQueue& waiting() noexcept { return waiting_; }
    bool response_done() const noexcept { return writer_.state() == ResponseWriter::State::done; }
    bool response_begun() const noexcept { return writer_.state() != ResponseWriter::State::open; }
    /// Once the response is done: the connection may go on.
    bool keeps_alive() const noexcept { return keep_alive_ && writer_.keeps_alive(); }
    void set_keep_alive(bool keep_alive) noexcept { keep_alive_ = keep_alive; }
    bool flush_due() const noexcept { return flush_due_; }
    /// Encodes what was written in this turn.
    void flush() noexcept;
    /// Ends the response with an error page, or if its head is out by aborting the connection.
    void give_up(int status) noexcept;
    /// The bytes of further writes that wait although the queue was full already.
    std::size_t over_high_water() const noexcept;

    /// For the access log, at the head; `refused` are the bytes of a head that the parser refused.
    void begin_log(std::string_view refused);
    RequestTrail* trail() noexcept { return trail_.get(); }
    /// Why the request will have ended, for the access log.
    void note_outcome(RequestOutcome outcome) noexcept;
    /// All of the response was sent, or never will be: tells those who wait for that.
    void run_ended(Error error) noexcept;
    int status() const noexcept { return writer_.status(); }

    Exchange* next = nullptr;  // the next in flight on the same connection
    bool in_flight = false;    // among its connection's exchanges
    TimePoint began{};         // when its head was complete

    // Requests.
    MessageHead head;
    const std::vector<RouteArgument>& arguments() const noexcept { return match_.arguments; }
    std::string_view body() const noexcept { return body_view_; }
    std::string_view path() const noexcept;
    /// Where its handler was registered.
    std::source_location handler_place() const noexcept { return handler_origin_.place(); }
    std::string_view host() const noexcept;
    void on_data(Handler<void(std::string_view)> handler);
    void on_finish(Callback<void(Error)> callback);
    void set_paused(bool paused);
    void set_max_body_size(std::uint64_t bytes);
    ServerConnection* connection() const noexcept { return connection_; }
    std::string_view id();
    /// The server or the reactor is gone.
    bool abandoned() const noexcept { return pool_ == nullptr; }

    // Responses.
    Error set_status(int status, std::string_view reason);
    Error set_header(std::string_view name, std::string_view value, bool replace);
    Error set_cookie(const Cookie& cookie);
    /// Those that are set so far.
    HTTPHeadersView response_headers() noexcept { return writer_.headers(); }
    const gyre::detail::ReactorRef& reactor() const noexcept { return reactor_; }
    template <class Data>
    void write(Data&& data, Callback<void(Error)> callback);
    void flush_now(Callback<void(Error)> callback);
    void finish(std::string_view data);
    template <class Data>
    void finish_with(Data&& data);
    void fail(const Error& error);
    void send_error(int status);
    void redirect(std::string_view url, int status, bool offsite);
    void on_connection_close(Callback<void()> callback);
    void on_drain(Handler<void()> handler);
    void on_response_end(Callback<void(ResponseSummary)> callback);
    std::size_t queued_bytes() const noexcept;
    bool is_open() const noexcept { return connection_ && !response_done(); }

    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;

private:
    void release_elsewhere() noexcept;
    bool admits(std::size_t size, Callback<void(Error)>& callback);
    Callback<void(Error)> guarded(Callback<void(Error)> callback);
    void tell(Callback<void(Error)> callback, Error error);
    void after_write();
    void run_on_drain() noexcept;
    void on_response_dropped() noexcept;
    void report_handler(Errc kind, const char* what) noexcept;
    void send_page(int status) noexcept;
    void encode(bool last, std::string_view data) noexcept;
    void end_response() noexcept;
    RequestTrail& make_trail();
    void note_head() noexcept;
    void tell_lost(const Error& error) noexcept;
    void write_log(const RequestTrail& trail, std::uint64_t sent) noexcept;
    void discard_trail() noexcept;

    std::atomic<std::uint32_t> references_{0};
    std::atomic<std::uint32_t> response_references_{0};
    gyre::detail::ReactorRef reactor_;
    ExchangePool* pool_;  // null once the server is gone
    ServerConnection* connection_ = nullptr;

    // The request.
    gyre::BlockRef block_;
    RouteMatch match_;
    const Route* route_ = nullptr;
    std::string body_;
    std::string_view body_view_;
    gyre::BlockRef body_block_;
    Handler<void(std::string_view)> on_data_;
    Callback<void(Error)> on_finish_;
    gyre::detail::Origin handler_origin_;
    Error body_error_;
    bool paused_ = false;
    bool body_done_ = false;
    bool keep_alive_ = true;

    // The response.
    ResponseWriter writer_;
    gyre::detail::OutputQueue waiting_;
    gyre::detail::Deadline deadline_;
    Callback<void()> on_connection_close_;
    Handler<void()> on_drain_;
    bool congested_ = false;
    bool flush_due_ = false;
    std::uint64_t body_encoded_ = 0;  // bytes of the body, without framing, that went into a queue
    std::unique_ptr<RequestTrail> trail_;
    std::size_t over_high_water_ = 0;  // written on top of a full queue since it last had room
};

/// Keeps an exchange until it is destroyed, wherever that happens.
class ExchangeRef {
public:
    explicit ExchangeRef(Exchange& exchange) noexcept : exchange_(&exchange) { exchange.retain(); }
    ExchangeRef(ExchangeRef&& other) noexcept
        : exchange_(std::exchange(other.exchange_, nullptr)) {}
    ExchangeRef(const ExchangeRef&) = delete;
    ExchangeRef& operator=(const ExchangeRef&) = delete;
    ExchangeRef& operator=(ExchangeRef&&) = delete;
    ~ExchangeRef() {
        if (exchange_) exchange_->release();
    }

    Exchange* operator->() const noexcept { return exchange_; }
    /// Gives the reference up without releasing it.
    void forget() noexcept { exchange_ = nullptr; }

private:
    Exchange* exchange_;
};

}  // namespace gyre::http::detail
