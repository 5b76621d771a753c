#include "stream_impl.hpp"

#include <algorithm>
#include <utility>

// The reading half of StreamImpl.
namespace gyre::detail {
namespace {

Error another_read_waits() { return {Errc::already_in_progress, "another read is waiting"}; }

Error ended_too_early() {
    return {Errc::end_of_stream, "the stream ended before the read was satisfied"};
}

}  // namespace

void StreamImpl::read(ReadRequest request, Callback<void(Error, std::string)> callback) {
    if (state_ != State::open && state_ != State::handshaking)
        return complete(std::move(callback), refusal());
    if (wants_bytes()) return complete(std::move(callback), another_read_waits());
    if (!callback) return;
    request_.emplace(std::move(request));
    read_callback_ = std::move(callback);
    begin_read();
}

void StreamImpl::read_into(std::span<char> room, Callback<void(Error, std::size_t)> callback,
                           bool partial) {
    if (state_ != State::open && state_ != State::handshaking)
        return complete(std::move(callback), refusal());
    if (wants_bytes()) return complete(std::move(callback), another_read_waits());
    if (!callback) return;
    into_ = std::make_unique<StreamReadInto>(StreamReadInto{room, partial, std::move(callback)});
    begin_read();
}

void StreamImpl::begin_read() noexcept {
    update_hold();
    if (!buffer_.empty() || peer_ended_)
        post_read();
    else
        update_reading();
}

void StreamImpl::on_data(Handler<void(std::string_view)> handler,
                         std::unique_ptr<ReadRequest> lines) {
    if (state_ != State::open && state_ != State::handshaking) return;
    lines_ = std::move(lines);
    std::swap(on_data_, handler);
    update_hold();
    update_reading();
    if (on_data_ && (!buffer_.empty() || peer_ended_)) post_read();
}

void StreamImpl::set_end_callback(Handler<void()> handler) {
    if (state_ != State::open && state_ != State::handshaking) return;
    std::swap(on_end_, handler);
    if (peer_ended_) post_read();
}

void StreamImpl::set_reading_paused(bool paused) {
    paused_ = paused;
    update_reading();
    if (!paused && (peer_ended_ || (wants_bytes() && !buffer_.empty()))) post_read();
}

void StreamImpl::update_reading() noexcept {
    if (state_ != State::open) return;
    const bool wanted = !paused_ && !peer_ended_ && has_room();
    transport_->want_read(wanted && !(rates_ && rates_->read.holds_back()));
}

bool StreamImpl::has_room() const noexcept {
    if (!wants_bytes()) return buffer_.size() < options_.read_ahead;
    if (on_data_ && lines_ && read_posted_) return false;  // lines that wait for their turn
    // A waiting read may be one that ends only with the stream: a full buffer must not hide that.
    return buffer_.size() <= options_.max_read_buffer;
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
    const bool directly = reads_directly();
    std::span<char> room = directly ? into_->rest() : reactor_.blocks().reserve();
    if (rates_) room = room.first(std::min(room.size(), rates_->read.allows()));
    if (room.empty()) return update_reading();
    IOResult result = transport_->read_some(room);
    if (rates_) rates_->read.passed(result.bytes);
    switch (result.status) {
        case IOStatus::ok:
            if (directly) return receive_into(result.bytes);
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
    if (on_data_ && !lines_ && buffer_.empty() && !read_waits()) {
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
    if (read_waits()) {
        into_ ? fill_room() : match_read();
        // What comes after it is for a handler that was set meanwhile.
        if (on_data_ && !read_waits() && !buffer_.empty()) post_read();
    } else if (on_data_) {
        lines_ ? deliver_lines() : deliver_data();
    }
    if (state_ == State::open && peer_ended_ && buffer_.empty() && !read_waits())
        finish_reading();
    else
        update_reading();
}

void StreamImpl::deliver_data() noexcept {
    if (buffer_.empty()) return;
    const std::string bytes = buffer_.take(buffer_.size());
    dispatch(on_data_, std::string_view{bytes});
}

// Every line may be the last: its handler may pause, close, or read on in another way.
void StreamImpl::deliver_lines() noexcept {
    constexpr int fair_share = 64;
    for (int told = 0; state_ == State::open && !paused_ && on_data_ && lines_; ++told) {
        const ReadRequest::Match match =
            peer_ended_ ? lines_->match_at_end(buffer_.unread()) : lines_->match(buffer_.unread());
        if (match.state == ReadRequest::State::overflow)
            return fail({Errc::delimiter_not_found, "a line is longer than the limit of on_line"});
        if (match.state == ReadRequest::State::waiting) break;
        if (told == fair_share || (told > 0 && reactor_.stopping())) {
            post_read();
            break;
        }
        const std::string_view line = lines_->answer(buffer_.unread().substr(0, match.size));
        lines_->start_again();
        buffer_.consume(match.size);
        dispatch(on_data_, line);
    }
    buffer_.compact();
}

void StreamImpl::match_read() noexcept {
    if (!request_) return;
    const ReadRequest::Match match =
        peer_ended_ ? request_->match_at_end(buffer_.unread()) : request_->match(buffer_.unread());
    if (match.state == ReadRequest::State::satisfied) return finish_read({}, match.size);
    if (match.state == ReadRequest::State::overflow)
        return finish_read(
            request_->searches()
                ? Error{Errc::delimiter_not_found, "no delimiter within the limit of the read"}
                : Error{Errc::limit_exceeded, "more bytes than max_read_buffer"},
            0);
    if (peer_ended_) finish_read(ended_too_early(), 0);
}

void StreamImpl::finish_read(Error error, std::size_t size) noexcept {
    // At the end nothing will complete the rest: it goes, so that the stream can close.
    if (peer_ended_ && ErrorAccess::kind(error) == Errc::end_of_stream) buffer_.clear();
    std::string bytes = buffer_.take(size);
    if (request_) bytes.resize(request_->answer(bytes).size());
    request_.reset();
    Callback<void(Error, std::string)> callback = std::exchange(read_callback_, {});
    update_hold();
    dispatch(std::move(callback), std::move(error), std::move(bytes));
}

// Much at a time goes past the block and the buffer.
bool StreamImpl::reads_directly() const noexcept {
    constexpr std::size_t worth_it = std::size_t{16} * 1024;
    return into_ && buffer_.empty() && into_->rest().size() >= worth_it;
}

void StreamImpl::receive_into(std::size_t size) noexcept {
    into_->filled += size;
    if (into_->satisfied()) finish_into({});
    update_reading();
}

void StreamImpl::fill_room() noexcept {
    const std::span<char> rest = into_->rest();
    const std::size_t count = buffer_.unread().copy(rest.data(), rest.size());
    into_->filled += count;
    buffer_.consume(count);
    buffer_.compact();
    if (into_->satisfied()) return finish_into({});
    if (peer_ended_) finish_into(ended_too_early());
}

void StreamImpl::finish_into(Error error) noexcept {
    const std::unique_ptr<StreamReadInto> into = std::exchange(into_, nullptr);
    update_hold();
    dispatch(std::move(into->callback), std::move(error), into->filled);
}

// The peer has ended and all that it sent was delivered.
void StreamImpl::finish_reading() noexcept {
    end_told_ = true;
    dispatch(std::exchange(on_end_, {}));
    if (state_ != State::open || read_waits()) return;  // such a read gets the end, then this again
    if (!options_.allow_half_open || sending_ended_)
        begin_closing();
    else if (hung_up_)
        return on_hangup();
    update_hold();
}

}  // namespace gyre::detail
