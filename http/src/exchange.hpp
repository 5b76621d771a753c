#pragma once

#include "byte_range.hpp"
#include "conditional.hpp"
#include "exchange_pool.hpp"
#include "http1_head.hpp"
#include "peer_info.hpp"
#include "request_trail.hpp"
#include "response_writer.hpp"
#include "routing.hpp"
#include <gyre/block.hpp>
#include <gyre/deadline.hpp>
#include <gyre/file.hpp>
#include <gyre/http/http_server.hpp>
#include <gyre/iostream.hpp>
#include <gyre/output_queue.hpp>
#include <gyre/reactor_ref.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {

class ServerConnection;

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
    /// Finds its route, and runs the middleware; behind the last one the connection is asked to go
    /// on with `enter_route`.
    void start() noexcept;
    const Routing& routing() const noexcept { return routing_; }
    /// For a request that is refused before it has a route.
    void refuse(int status) noexcept;
    void take_route(const Route& route) {
        streaming_ = route.streaming;
        handler_ = route.handler;
    }
    bool streaming() const noexcept { return streaming_; }
    void run_handler() noexcept;
    /// Where no route matches.
    void answer_without_route() noexcept;
    /// What `Next` stands for: the middleware `step` has let its request go on.
    void proceed(std::size_t step) noexcept;
    /// A piece of the body, which lies in `block`; without one it is valid during the call.
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
    void give_up(int status, std::string_view message = {},
                 const HTTPHeaders* fields = nullptr) noexcept;
    /// The request's body has a coding that is not decoded.
    void refuse_coding() noexcept;
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
    const std::vector<RouteArgument>& arguments() const noexcept { return routing_.arguments(); }
    std::string_view body() const noexcept { return body_view_; }
    std::string_view path() const noexcept;
    /// Where its handler was registered.
    std::source_location handler_place() const noexcept { return handler_origin_.place(); }
    /// The host that the request itself names.
    std::string_view own_host() const noexcept;
    /// The one that it named before it came to trusted proxies.
    std::string_view host() const;
    std::string_view scheme() const;
    Address remote_address() const;
    Address peer_address() const;
    bool is_secure() const noexcept { return peer_ && peer_->secure; }
    void on_data(Handler<void(std::string_view)> handler);
    void on_finish(Callback<void(Error)> callback);
    void set_paused(bool paused);
    void set_max_body_size(std::uint64_t bytes);
    ServerConnection* connection() const noexcept { return connection_; }
    std::string_view id();
    void count(ServerLimit limit) noexcept {
        if (pool_) pool_->sight().count(limit);
    }
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
    void send_error(int status, std::string_view message);
    void redirect(std::string_view url, int status, bool offsite);
    Error add_trailer(std::string_view name, std::string_view value);
    void upgrade(std::string_view protocol, Callback<void(Error, IOStream)> callback);
    void on_connection_close(Callback<void()> callback);
    void on_drain(Handler<void()> handler);
    Error set_compression(bool allowed);
    void on_response_end(Callback<void(ResponseSummary)> callback);
    /// True if the response has ended, now with 304 or 412 or before.
    bool answer_conditional(const std::optional<ETag>& etag,
                            std::optional<std::chrono::sys_seconds> modified);
    void send_file(const std::string& path, SendFileOptions options,
                   Callback<void(Error)> callback);
    void send_file(const File& file, const SendFileOptions& options,
                   Callback<void(Error)> callback);
    std::size_t queued_bytes() const noexcept;
    bool is_open() const noexcept { return connection_ && !response_done(); }

    void on_deadline(gyre::detail::Deadline& deadline) noexcept override;

private:
    /// How far the request has come.
    enum class Stage : std::uint8_t {
        begun,          ///< Not further than its head.
        in_middleware,  ///< A middleware runs, or has not called `next` yet.
        passed,         ///< The way to the handler is free; its body may be awaited.
        handled,        ///< The handler has been called.
    };

    void release_elsewhere() noexcept;
    void run_middleware(std::size_t step) noexcept;
    bool edit_head() noexcept;
    bool admits(std::size_t size, Callback<void(Error)>& callback);
    Callback<void(Error)> guarded(Callback<void(Error)> callback);
    void tell(Callback<void(Error)> callback, Error error);
    void after_write();
    void run_on_drain() noexcept;
    void on_response_dropped() noexcept;
    void report_handler(Errc kind, const char* what) noexcept;
    void send_page(int status, std::string_view message, const HTTPHeaders* fields) noexcept;
    void encode(bool last, std::string_view data) noexcept;
    void end_response() noexcept;
    /// What trusted proxies tell of the request; null without any.
    const ForwardedRequest* forwarded() const;
    RequestTrail& make_trail();
    void note_head() noexcept;
    void tell_lost(const Error& error) noexcept;
    void write_log(const RequestTrail& trail, std::uint64_t sent) noexcept;
    void discard_trail() noexcept;
    bool prepare_unmodified(const Validators& validators);
    void prepare_status(int status);
    bool prepare_conditional(const gyre::detail::FileRange& part);
    void write_ranges(const gyre::detail::FileRange& part, const std::vector<ByteRange>& ranges);
    void add_auto_etag(std::string_view data);

    std::atomic<std::uint32_t> references_{0};
    std::atomic<std::uint32_t> response_references_{0};
    gyre::detail::ReactorRef reactor_;
    ExchangePool* pool_;  // null once the server is gone
    ServerConnection* connection_ = nullptr;

    // The request.
    gyre::BlockRef block_;
    Routing routing_;
    RequestHandler handler_;
    std::string body_;
    std::string_view body_view_;
    gyre::BlockRef body_block_;
    Handler<void(std::string_view)> on_data_;
    Callback<void(Error)> on_finish_;
    gyre::detail::Origin handler_origin_;
    Error body_error_;
    Stage stage_ = Stage::begun;
    std::size_t step_ = 0;       // of the middleware that runs or is waited for
    bool step_running_ = false;  // its call has not returned
    bool step_passed_ = false;   // it has called `next`
    bool streaming_ = false;
    bool paused_ = false;
    bool body_done_ = false;
    bool keep_alive_ = true;
    PeerRef peer_;
    mutable std::unique_ptr<ForwardedRequest> forwarded_;  // once it was asked for

    // The response.
    ResponseWriter writer_;
    gyre::detail::OutputQueue waiting_;
    gyre::detail::Deadline deadline_;
    Callback<void()> on_connection_close_;
    Handler<void()> on_drain_;
    bool head_edited_ = false;  // the hooks on the head, and the error page's, run once
    bool page_made_ = false;
    bool congested_ = false;
    bool flush_due_ = false;
    bool coding_refused_ = false;
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
