#include "stream_impl.hpp"

#include "lingering_close.hpp"
#include <gyre/tls_transport.hpp>

#include <utility>

namespace gyre::detail {

Error check_stream_options(const IOStreamOptions& options) {
    if (options.max_read_buffer == 0)
        return {Errc::invalid_argument, "IOStreamOptions::max_read_buffer must not be 0"};
    if (options.write_high_water == 0)
        return {Errc::invalid_argument, "IOStreamOptions::write_high_water must not be 0"};
    if (options.max_write_buffer == 0)
        return {Errc::invalid_argument, "IOStreamOptions::max_write_buffer must not be 0"};
    if (options.write_timeout <= Duration::zero())
        return {Errc::invalid_argument, "IOStreamOptions::write_timeout must be positive"};
    if (options.read_rate == 0 || options.write_rate == 0 || options.rate_burst == 0)
        return {Errc::invalid_argument,
                "IOStreamOptions: read_rate, write_rate and rate_burst must not be 0"};
    if (options.linger < Duration::zero())
        return {Errc::invalid_argument, "IOStreamOptions::linger must not be negative"};
    return {};
}

StreamImpl::StreamImpl(ReactorRef reactor, std::unique_ptr<Transport> transport,
                       const IOStreamOptions& options)
    : reactor_(std::move(reactor)),
      options_(options),
      transport_(std::move(transport)),
      hold_(reactor_),
      write_deadline_(reactor_, *this) {}

void StreamImpl::start() {
    reactor_.adopt(shared_from_this());
    bad_options_ = check_stream_options(options_);
    if (ErrorAccess::failed(bad_options_)) return fail(bad_options_);
    transport_->set_listener(this);
    set_rate_limits(options_.read_rate, options_.write_rate, options_.rate_burst);
    update_reading();
}

Error StreamImpl::refusal() const {
    if (ErrorAccess::failed(bad_options_)) return bad_options_;
    return {Errc::closed, "the stream is closed"};
}

void StreamImpl::set_close_callback(Callback<void(Error)> callback) {
    if (ended_) return complete(std::move(callback), end_reason_);
    Callback<void(Error)> before = std::exchange(close_callback_, std::move(callback));
    before.discard();
}

void StreamImpl::complete(Callback<void(Error, std::string)> callback, Error error) {
    if (callback) push_completion({.read = std::move(callback), .error = std::move(error)});
}

void StreamImpl::complete(Callback<void(Error)> callback, Error error) {
    if (callback) push_completion({.other = std::move(callback), .error = std::move(error)});
}

void StreamImpl::complete(Callback<void(Error, std::size_t)> callback, Error error,
                          std::size_t size) {
    if (!callback || !reactor_.alive()) return;  // dropped, which is reported
    Origin origin = callback.origin();
    complete(Callback<void(Error)>{[callback = std::move(callback), size](Error result) mutable {
                                       std::move(callback)(std::move(result), size);
                                   },
                                   std::move(origin)},
             std::move(error));
}

void StreamImpl::push_completion(Completion completion) {
    if (!reactor_.alive()) return;  // the callback is dropped, which is reported
    completions_.push_back(std::move(completion));
    reactor_.adopt(shared_from_this());  // again, if it has ended: what waits is the reactor's
    reactor_.post(Callback<void()>{[self = std::static_pointer_cast<StreamImpl>(
                                        shared_from_this())] { self->deliver_completion(); },
                                   Origin{}});
}

// One for each that was posted, in order; none if they were taken back.
void StreamImpl::deliver_completion() noexcept {
    if (delivered_ == completions_.size()) return;
    Completion next = std::move(completions_[delivered_++]);
    if (delivered_ == completions_.size()) {
        completions_.clear();
        delivered_ = 0;
        if (completions_.capacity() > 16) completions_.shrink_to_fit();
    } else if (delivered_ >= 16 && delivered_ > completions_.size() / 2) {
        // Where each brings about the next, there may always be some.
        completions_.erase(completions_.begin(),
                           completions_.begin() + static_cast<std::ptrdiff_t>(delivered_));
        delivered_ = 0;
    }
    if ((ended_ || next.terminal) && completions_.empty()) reactor_.abandon(*this);
    if (next.terminal) return deliver_terminal(std::move(next.error));
    if (next.read)
        return void(dispatch(std::move(next.read), std::move(next.error), std::string{}));
    dispatch(std::move(next.other), std::move(next.error));
}

void StreamImpl::deliver_terminal(Error reason) noexcept {
    ended_ = true;
    end_reason_ = ErrorAccess::copy_looked_at(reason);
    dispatch(std::exchange(close_callback_, {}), std::move(reason));
}

void StreamImpl::close() {
    if (state_ == State::handshaking) return abort();
    if (state_ != State::open) return;
    request_.reset();
    if (read_callback_)
        complete(std::exchange(read_callback_, {}), canceled_by_user("the stream was closed"));
    if (const auto into = std::exchange(into_, nullptr))
        complete(std::move(into->callback), canceled_by_user("the stream was closed"),
                 into->filled);
    begin_closing();
    // Last, as what they hold may do anything as it goes.
    std::exchange(on_data_, {}) = {};
    std::exchange(on_end_, {}) = {};
}

void StreamImpl::abort() {
    if (state_ == State::closed) return;
    end({.reads = canceled_by_user("the stream was aborted"),
         .writes = canceled_by_user("the stream was aborted"),
         .stream = {},
         .reset = true});
}

void StreamImpl::begin_closing() noexcept {
    state_ = State::closing;
    transport_->want_read(false);
    if (queue_.empty()) return end({});
    update_hold();
}

void StreamImpl::fail(const Error& error) noexcept {
    end({.reads = error, .writes = error, .stream = error, .reset = true});
}

void StreamImpl::end(Ending ending) noexcept {
    if (state_ == State::closed) return;
    state_ = State::closed;
    open_count_ = {};
    ending.reset ? transport_->abort() : close_transport();
    write_deadline_.clear();
    rates_.reset();
    request_.reset();
    hold_.set(false);
    // Never from here: this may be running inside the user's own call.
    if (const auto into = std::exchange(into_, nullptr))
        complete(std::move(into->callback), std::move(ending.reads), into->filled);
    else
        complete(std::exchange(read_callback_, {}), std::move(ending.reads));
    complete(std::exchange(handshake_callback_, {}), ending.writes);
    for (Callback<void(Error)>& callback : queue_.take_callbacks())
        complete(std::move(callback), ending.writes);
    push_completion({.error = std::move(ending.stream), .terminal = true});
    // Last, as what they hold may do anything as it goes.
    std::exchange(on_data_, {}) = {};
    std::exchange(on_drain_, {}) = {};
    std::exchange(on_end_, {}) = {};
}

void StreamImpl::close_transport() noexcept {
    // In memory there is no system that answers late bytes with a reset.
    const bool lingers = sent_any_ && !peer_ended_ && options_.linger > Duration::zero() &&
                         transport_->native_handle() >= 0;
    if (!lingers) return transport_->close();
    was_secure_ = transport_->is_secure();
    LingeringClose::start(reactor_, std::move(transport_), options_.linger);
}

void StreamImpl::on_hangup() noexcept {
    // Where both sides have ended it is no more than that.
    hung_up_ = !sending_ended_;
    const bool half_open = state_ == State::open && end_told_ && hung_up_;
    if (state_ == State::closing || half_open)
        return fail({Errc::connection_reset, "the peer broke the connection"});
    // The last bytes and the reason are still there to be read; a paused reader gets them later.
    if (state_ == State::open && !paused_) on_readable();
}

void StreamImpl::on_deadline(Deadline&) noexcept {
    fail({Errc::timed_out, state_ == State::handshaking ? "the TLS handshake took too long"
                                                        : "a write made no progress for too long"});
}

void StreamImpl::on_reactor_destroyed() noexcept {
    state_ = State::closed;
    open_count_ = {};
    ended_ = true;
    write_deadline_.clear();
    rates_.reset();
    // What is cut short must not look whole to the peer.
    if (transport_) queue_.empty() ? transport_->close() : transport_->abort();
    request_.reset();
    // Out of the members first, as what they hold may do anything as it goes.
    const QuietScope quiet;
    const auto reads = std::exchange(read_callback_, {});
    const auto into = std::exchange(into_, nullptr);
    const auto handshake = std::exchange(handshake_callback_, {});
    const auto writes = queue_.take_callbacks();
    const auto completions = std::exchange(completions_, {});
    const auto close_callback = std::exchange(close_callback_, {});
    const auto on_data = std::exchange(on_data_, {});
    const auto on_drain = std::exchange(on_drain_, {});
    const auto on_end = std::exchange(on_end_, {});
    delivered_ = 0;
}

void StreamImpl::release() noexcept {
    const std::shared_ptr<Resident> self = shared_from_this();
    hold_.set(false);
    if (state_ != State::closed) transport_->abort();
    reactor_.abandon(*this);
    on_reactor_destroyed();
}

void StreamImpl::update_hold() noexcept {
    const bool data_to_come = on_data_ && !end_told_;
    hold_.set(state_ == State::handshaking || state_ == State::closing ||
              (state_ == State::open && (read_waits() || data_to_come || !queue_.empty())));
}

void StreamImpl::start_tls(TLSRole role, const TLSContext& context, std::string host_name,
                           Callback<void(Error)> callback) {
    constexpr Duration handshake_timeout = std::chrono::seconds{10};
    if (state_ != State::open) return complete(std::move(callback), refusal());
    // What was read in plain text must not be taken for what came under TLS (a known attack).
    if (!buffer_.empty() || !queue_.empty() || wants_bytes() || sending_ended_)
        return complete(
            std::move(callback),
            {Errc::protocol_error, "TLS cannot begin with reads waiting or bytes pending"});
    transport_->want_read(false);
    transport_ =
        make_tls_transport(reactor_, std::move(transport_), context, role, std::move(host_name));
    transport_->set_listener(this);
    transport_->want_write(true);
    state_ = State::handshaking;
    handshake_callback_ = std::move(callback);
    write_deadline_.expire_after(handshake_timeout);
    update_hold();
}

void StreamImpl::finish_handshake() noexcept {
    if (const Error error = transport_->finish_connect(); ErrorAccess::failed(error))
        return end({.reads = error, .writes = error, .stream = error});
    state_ = State::open;
    write_deadline_.clear();
    // What was written during the handshake goes now.
    queue_.empty() ? finish_sending() : wait_to_send();
    update_reading();
    update_hold();
    dispatch(std::exchange(handshake_callback_, {}), Error{});
}

}  // namespace gyre::detail
