#include "stream_impl.hpp"

#include <algorithm>
#include <array>
#include <utility>

// The writing half of StreamImpl.
namespace gyre::detail {

void StreamImpl::write(std::string_view data, Callback<void(Error)> callback) {
    const std::optional<std::size_t> sent = begin_write(data, callback);
    if (!sent) return;
    queue_.append(data.substr(*sent));
    end_write(0, std::move(callback));
}

void StreamImpl::write(std::string&& data, Callback<void(Error)> callback) {
    const std::optional<std::size_t> sent = begin_write(data, callback);
    if (!sent) return;
    queue_.append(std::move(data));
    end_write(*sent, std::move(callback));
}

void StreamImpl::write(std::shared_ptr<const std::string> data, Callback<void(Error)> callback) {
    const std::string_view bytes = data ? std::string_view{*data} : std::string_view{};
    const std::optional<std::size_t> sent = begin_write(bytes, callback);
    if (!sent) return;
    queue_.append(std::move(data));
    end_write(*sent, std::move(callback));
}

// A file takes no memory, so it counts against no limit of the queue.
void StreamImpl::send_file(std::optional<FileRange> range, Callback<void(Error)> callback) {
    if (refuses(0, callback)) return;
    if (!range)
        return refuse_write(callback,
                            {Errc::invalid_argument, "send_file: no such part of a file"});
    queue_.append(std::move(*range));
    end_write(0, std::move(callback));
}

// How many bytes went out at once; nothing if the write is done with, well or badly.
std::optional<std::size_t> StreamImpl::begin_write(std::string_view data,
                                                   Callback<void(Error)>& callback) {
    if (refuses(data.size(), callback)) return std::nullopt;
    const std::size_t sent = send_now(data);
    if (state_ != State::open || sent < data.size() || !queue_.empty()) return sent;
    complete(std::move(callback), {});
    return std::nullopt;
}

bool StreamImpl::refuses(std::size_t size, Callback<void(Error)>& callback) {
    if (state_ != State::open && state_ != State::handshaking) {
        // Without a callback it is the close callback that has told it, or will.
        if (callback) complete(std::move(callback), refusal());
        return true;
    }
    if (sending_ended_) {
        refuse_write(callback, {Errc::closed, "a write after shutdown_write"});
        return true;
    }
    if (queue_.bytes() < options_.write_high_water) {
        over_high_water_ = 0;
        return false;
    }
    // What was queued first has gone first, so of these no more are left than the queue holds.
    over_high_water_ = std::min(over_high_water_, queue_.bytes());
    if (over_high_water_ <= options_.max_write_buffer &&
        size <= options_.max_write_buffer - over_high_water_) {
        over_high_water_ += size;
        return false;
    }
    refuse_write(callback, {Errc::limit_exceeded,
                            "more bytes written than max_write_buffer allows to queue"});
    return true;
}

void StreamImpl::refuse_write(Callback<void(Error)>& callback, Error error) {
    if (callback)
        complete(std::move(callback), std::move(error));
    else
        fail(error);  // a gap in the stream must not pass for the whole
}

std::size_t StreamImpl::send_now(std::string_view data) {
    if (state_ != State::open || !queue_.empty()) return 0;
    if (rates_) data = data.substr(0, may_send());
    std::size_t sent = 0;
    while (sent < data.size()) {
        const std::string_view rest = data.substr(sent);
        const IOResult result = transport_->write_some({&rest, 1});
        if (rates_) count_sent({&rest, 1}, result.bytes);
        if (result.status == IOStatus::failed) pending_failure_ = result.error;
        if (result.status != IOStatus::ok || result.bytes == 0) break;
        sent += result.bytes;
    }
    sent_any_ |= sent > 0;
    return sent;
}

// What was just queued begins with `sent` bytes that are gone already.
void StreamImpl::end_write(std::size_t sent, Callback<void(Error)> callback) {
    std::vector<Callback<void(Error)>> none;
    queue_.advance(sent, none);
    queue_.when_sent(std::move(callback));
    if (ErrorAccess::failed(pending_failure_)) return fail(std::exchange(pending_failure_, {}));
    if (queue_.bytes() >= options_.write_high_water) congested_ = true;
    if (state_ == State::open) wait_to_send();
    update_hold();
}

void StreamImpl::on_writable() noexcept {
    if (state_ == State::handshaking) return finish_handshake();
    if (state_ == State::closed) return;
    std::vector<Callback<void(Error)>> done;
    const Error error = send_queued(done);
    // Each on a turn of its own, after those of writes that went out at once.
    for (Callback<void(Error)>& callback : done)
        complete(std::move(callback), {});
    if (ErrorAccess::failed(error)) return fail(error);
    queue_.empty() ? finish_sending() : wait_to_send();
    if (state_ == State::closed) return;
    update_hold();
    tell_drained();
}

Error StreamImpl::send_queued(std::vector<Callback<void(Error)>>& done) {
    constexpr std::size_t fair_share = 1024 * 1024;
    std::size_t sent = 0;
    queue_.advance(0, done);  // writes of nothing
    while (!queue_.empty() && sent < fair_share) {
        IOResult result = offer_parts();
        if (result.status == IOStatus::ok && result.bytes == 0)
            result = offer_file(fair_share - sent);
        if (result.status == IOStatus::failed) return std::move(result.error);
        if (result.status != IOStatus::ok || result.bytes == 0) break;
        sent += result.bytes;
        queue_.advance(result.bytes, done);
    }
    if (sent > 0) write_deadline_.expire_after(options_.write_timeout);
    sent_any_ |= sent > 0;
    return {};
}

// Nothing, without an error: the rate allows no more, or a piece of a file is next.
IOResult StreamImpl::offer_parts() noexcept {
    std::array<std::string_view, 16> parts;
    std::span<std::string_view> offer{parts.data(), queue_.front(parts)};
    if (rates_) offer = clip(offer);
    if (offer.empty()) return {};
    IOResult result = transport_->write_some(offer);
    if (rates_ && result.status != IOStatus::failed) count_sent(offer, result.bytes);
    return result;
}

IOResult StreamImpl::offer_file(std::size_t most) noexcept {
    const std::optional<FileRange> next = queue_.front_file(most);
    if (!next) return {};
    std::size_t count = next->length;
    if (rates_) count = std::min(count, may_send());
    if (count == 0) return {};
    IOResult result = transport_->send_file(next->file.descriptor(), next->offset, count);
    if (rates_ && result.status != IOStatus::failed) count_sent(count, result.bytes);
    return result;
}

// Waits until the system takes more, or the rate does.
void StreamImpl::wait_to_send() noexcept {
    const bool held_back = rates_ && rates_->blocked == 0 && rates_->write.holds_back();
    transport_->want_write(!held_back);
    if (held_back)
        write_deadline_.clear();
    else if (!write_deadline_.armed())
        write_deadline_.expire_after(options_.write_timeout);
}

// Nothing is queued any more.
void StreamImpl::finish_sending() noexcept {
    transport_->want_write(false);
    write_deadline_.clear();
    if (state_ == State::closing) return end({});
    if (sending_ended_) transport_->shutdown_write();
}

void StreamImpl::shutdown_write() {
    if ((state_ != State::open && state_ != State::handshaking) || sending_ended_) return;
    sending_ended_ = true;
    if (state_ == State::handshaking) return;
    if (end_told_ && !read_waits()) return begin_closing();
    if (queue_.empty()) transport_->shutdown_write();
}

void StreamImpl::set_drain_callback(Handler<void()> handler) {
    if (state_ == State::open || state_ == State::handshaking) std::swap(on_drain_, handler);
}

void StreamImpl::tell_drained() noexcept {
    const std::size_t mark = std::min(options_.write_low_water, options_.write_high_water - 1);
    if (!congested_ || queue_.bytes() > mark) return;
    congested_ = false;
    dispatch(on_drain_);
}

}  // namespace gyre::detail
