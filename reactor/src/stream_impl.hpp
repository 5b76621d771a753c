#pragma once

#include "open_count.hpp"
#include "read_request.hpp"
#include "stream_buffer.hpp"
#include "stream_parts.hpp"
#include <gyre/deadline.hpp>
#include <gyre/iostream.hpp>
#include <gyre/output_queue.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/tls_transport.hpp>
#include <gyre/transport.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gyre::detail {

/// `invalid_argument` for limits and time-outs that make no sense.
Error check_stream_options(const IOStreamOptions& options);

/// The stream behind `IOStream`.
class StreamImpl final : public Resident,
                         public TransportListener,
                         public DeadlineListener,
                         public RateLimitListener {
public:
    StreamImpl(ReactorRef reactor, std::unique_ptr<Transport> transport,
               const IOStreamOptions& options);

    /// Begins to live: called once, right after construction.
    void start();

    void read(ReadRequest request, Callback<void(Error, std::string)> callback);
    void read_into(std::span<char> room, Callback<void(Error, std::size_t)> callback, bool partial);
    /// Without `lines`, `handler` gets the bytes as they come.
    void on_data(Handler<void(std::string_view)> handler,
                 std::unique_ptr<ReadRequest> lines = nullptr);
    void set_end_callback(Handler<void()> handler);
    void set_reading_paused(bool paused);

    void write(std::string_view data, Callback<void(Error)> callback);
    void write(std::string&& data, Callback<void(Error)> callback);
    void write(std::shared_ptr<const std::string> data, Callback<void(Error)> callback);
    void send_file(std::optional<FileRange> range, Callback<void(Error)> callback);
    std::size_t queued_bytes() const noexcept { return queue_.bytes(); }
    void set_drain_callback(Handler<void()> handler);
    void shutdown_write();
    void set_rate_limits(std::size_t read_rate, std::size_t write_rate, std::size_t burst);

    void start_tls(TLSRole role, const TLSContext& context, std::string host_name,
                   Callback<void(Error)> callback);

    void close();
    void abort();
    void set_close_callback(Callback<void(Error)> callback);
    bool is_open() const noexcept { return state_ == State::open; }
    bool closed() const noexcept { return state_ == State::closing || state_ == State::closed; }
    const IOStreamOptions& options() const noexcept { return options_; }
    /// Null once the stream has closed and lingers.
    Transport* transport() const noexcept { return transport_.get(); }
    bool is_secure() const noexcept { return transport_ ? transport_->is_secure() : was_secure_; }
    /// Delivers the outcome of an operation on a later turn, after those before it.
    void complete(Callback<void(Error, std::string)> callback, Error error);
    void complete(Callback<void(Error)> callback, Error error);
    void complete(Callback<void(Error, std::size_t)> callback, Error error, std::size_t size = 0);
    const ReactorRef& reactor() const noexcept { return reactor_; }
    /// Counts as open until it ends.
    void count_as_open(OpenCount count) noexcept { open_count_ = std::move(count); }

    void on_readable() noexcept override;
    void on_writable() noexcept override;
    void on_hangup() noexcept override;
    void on_deadline(Deadline& deadline) noexcept override;
    void on_rate_allows(RateLimit& limit) noexcept override;
    void on_reactor_destroyed() noexcept override;
    void list_pending(PendingOperations& all) const override;
    /// Ends it because its owner goes: no callback is called.
    void release() noexcept;

private:
    using State = StreamState;
    using Ending = StreamEnding;
    using Completion = StreamCompletion;

    void push_completion(Completion completion);
    void deliver_completion() noexcept;
    void deliver_terminal(Error reason) noexcept;
    Error refusal() const;

    // Reading.
    void begin_read() noexcept;
    void update_reading() noexcept;
    bool has_room() const noexcept;
    bool reads_directly() const noexcept;
    void receive_into(std::size_t size) noexcept;
    void receive(std::string_view bytes) noexcept;
    void read_buffered() noexcept;
    void deliver_data() noexcept;
    void deliver_lines() noexcept;
    void fill_room() noexcept;
    void finish_into(Error error) noexcept;
    void match_read() noexcept;
    void finish_read(Error error, std::size_t size) noexcept;
    void on_end() noexcept;
    void finish_reading() noexcept;
    bool read_waits() const noexcept { return read_callback_ || into_; }
    bool wants_bytes() const noexcept { return read_waits() || on_data_; }
    void post_read() noexcept;

    // Writing.
    bool refuses(std::size_t size, Callback<void(Error)>& callback);
    void refuse_write(Callback<void(Error)>& callback, Error error);
    std::size_t send_now(std::string_view data);
    std::optional<std::size_t> begin_write(std::string_view data, Callback<void(Error)>& callback);
    void end_write(std::size_t sent, Callback<void(Error)> callback);
    std::size_t may_send() const noexcept;
    std::span<std::string_view> clip(std::span<std::string_view> parts) const noexcept;
    void count_sent(std::span<const std::string_view> offer, std::size_t sent) noexcept;
    void count_sent(std::size_t offered, std::size_t sent) noexcept;
    void wait_to_send() noexcept;
    void finish_sending() noexcept;
    Error send_queued(std::vector<Callback<void(Error)>>& done);
    IOResult offer_parts() noexcept;
    IOResult offer_file(std::size_t most) noexcept;
    void tell_drained() noexcept;

    // Ending.
    void begin_closing() noexcept;
    void fail(const Error& error) noexcept;
    void end(Ending ending) noexcept;
    void close_transport() noexcept;
    void finish_handshake() noexcept;
    void update_hold() noexcept;
    void add_pending(PendingOperations& all, std::string_view kind,
                     std::source_location place) const;

    ReactorRef reactor_;
    IOStreamOptions options_;
    std::unique_ptr<Transport> transport_;
    State state_ = State::open;
    Hold hold_;

    StreamBuffer buffer_;
    std::optional<ReadRequest> request_;
    Callback<void(Error, std::string)> read_callback_;
    std::unique_ptr<StreamReadInto> into_;
    Handler<void(std::string_view)> on_data_;
    std::unique_ptr<ReadRequest> lines_;  // that on_data_ gets
    Handler<void()> on_end_;
    bool paused_ = false;
    bool read_posted_ = false;
    bool peer_ended_ = false;
    bool end_told_ = false;  // and all was delivered
    bool hung_up_ = false;   // the peer broke the connection while nothing was wanted of it

    OutputQueue queue_;
    Handler<void()> on_drain_;
    bool congested_ = false;
    bool sending_ended_ = false;  // shutdown_write was called
    bool sent_any_ = false;
    bool was_secure_ = false;
    std::size_t over_high_water_ =
        0;                   // bytes at the queue's end that came while it was over the mark
    Error pending_failure_;  // of a direct send; told when its write has been queued
    Deadline write_deadline_;
    std::unique_ptr<StreamRates> rates_;

    Callback<void(Error)> handshake_callback_;
    Callback<void(Error)> close_callback_;
    std::vector<Completion> completions_;
    std::size_t delivered_ = 0;  // of completions_
    bool ended_ = false;         // the terminal event has been
    Error end_reason_;           // then: why, for a close callback that comes late
    Error bad_options_;
    OpenCount open_count_;
};

}  // namespace gyre::detail
