#include "stream_impl.hpp"

#include <utility>

// The reading half of StreamImpl.
namespace gyre::detail {

void StreamImpl::read(ReadRequest request, Callback<void(Error, std::string)> callback) {
    if (state_ != State::open && state_ != State::handshaking)
        return complete(std::move(callback), refusal());
    if (wants_bytes())
        return complete(std::move(callback),
                        {Errc::already_in_progress, "another read is waiting"});
    if (!callback) return;
    request_.emplace(std::move(request));
    read_callback_ = std::move(callback);
    update_hold();
    if (!unread().empty() || peer_ended_)
        post_read();
    else
        update_reading();
}

void StreamImpl::on_data(Handler<void(std::string_view)> handler) {
    if (state_ != State::open && state_ != State::handshaking) return;
    std::swap(on_data_, handler);
    update_hold();
    update_reading();
    if (on_data_ && (!unread().empty() || peer_ended_)) post_read();
}

void StreamImpl::set_reading_paused(bool paused) {
    paused_ = paused;
    update_reading();
    if (!paused && (peer_ended_ || (wants_bytes() && !unread().empty()))) post_read();
}

void StreamImpl::update_reading() noexcept {
    if (state_ != State::open) return;
    // A waiting read may be one that ends only with the stream: a full buffer must not hide that.
    const bool room = wants_bytes() ? unread().size() <= options_.max_read_buffer
                                    : unread().size() < options_.read_ahead;
    transport_->want_read(!paused_ && !peer_ended_ && room);
}

void StreamImpl::post_read() noexcept {
    if (std::exchange(read_posted_, true)) return;
    reactor_.post(
        Callback<void()>{[self = std::static_pointer_cast<StreamImpl>(shared_from_this())] {
                             self->read_posted_ = false;
                             self->read_buffered();
                         },
                         Origin{}});
}

void StreamImpl::on_readable() noexcept {
    if (state_ != State::open || peer_ended_) return;
    const std::span<char> room = reactor_.blocks().reserve();
    IOResult result = transport_->read_some(room);
    switch (result.status) {
        case IOStatus::ok:
            return receive(reactor_.blocks().commit(result.bytes).bytes);
        case IOStatus::would_block:
            return;
        case IOStatus::end:
            return on_end();
        case IOStatus::failed:
            return fail(result.error);
    }
}

void StreamImpl::receive(std::string_view bytes) noexcept {
    if (on_data_ && unread().empty()) {
        dispatch(on_data_, bytes);
        return update_reading();
    }
    buffer_.append(bytes);
    update_reading();
    read_buffered();
}

void StreamImpl::on_end() noexcept {
    peer_ended_ = true;
    transport_->want_read(false);
    read_buffered();
}

void StreamImpl::read_buffered() noexcept {
    if (state_ != State::open || paused_) return;
    if (on_data_ && !unread().empty()) {
        const std::string bytes = take(unread().size());
        dispatch(on_data_, std::string_view{bytes});
    } else if (read_callback_) {
        match_read();
    }
    // What the peer sent before it ended can still be read; then the stream ends too.
    if (state_ == State::open && peer_ended_ && unread().empty() && !read_callback_)
        begin_closing();
    else
        update_reading();
}

void StreamImpl::match_read() noexcept {
    if (!request_) return;
    const ReadRequest::Match match =
        peer_ended_ ? request_->match_at_end(unread()) : request_->match(unread());
    if (match.state == ReadRequest::State::satisfied) return finish_read({}, match.size);
    if (match.state == ReadRequest::State::overflow)
        return finish_read(
            request_->searches()
                ? Error{Errc::delimiter_not_found, "no delimiter within the limit of the read"}
                : Error{Errc::limit_exceeded, "more bytes than max_read_buffer"},
            0);
    if (peer_ended_)
        finish_read({Errc::end_of_stream, "the stream ended before the read was satisfied"}, 0);
}

void StreamImpl::finish_read(Error error, std::size_t size) noexcept {
    // At the end nothing will complete the rest: it goes, so that the stream can close.
    if (peer_ended_ && ErrorAccess::kind(error) == Errc::end_of_stream) {
        buffer_.clear();
        consumed_ = 0;
    }
    std::string bytes = take(size);
    request_.reset();
    Callback<void(Error, std::string)> callback = std::exchange(read_callback_, {});
    update_hold();
    dispatch(std::move(callback), std::move(error), std::move(bytes));
}

std::string StreamImpl::take(std::size_t size) {
    constexpr std::size_t worth_keeping = 4096;
    std::string taken;
    if (consumed_ == 0 && size == buffer_.size()) {
        taken = std::exchange(buffer_, {});
    } else {
        taken = buffer_.substr(consumed_, size);
        consumed_ += size;
    }
    if (consumed_ == buffer_.size()) {
        buffer_.clear();
        consumed_ = 0;
        if (buffer_.capacity() > worth_keeping) buffer_.shrink_to_fit();
    } else if (consumed_ > buffer_.size() / 2) {
        buffer_.erase(0, consumed_);  // amortised: at least as much was consumed as is moved
        consumed_ = 0;
    }
    return taken;
}

}  // namespace gyre::detail
