#include "request_decoder.hpp"
#include "server_connection.hpp"
#include "server_core.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

// The reading half of ServerConnection.
namespace gyre::http::detail {
namespace {

bool lies_in(const gyre::BlockRef& block, std::string_view bytes, std::size_t more) noexcept {
    return block && bytes.data() + bytes.size() + more <= block.data() + block.capacity();
}

}  // namespace

void ServerConnection::on_readable() noexcept {
    if (state_ == State::lingering || (state_ == State::open && last_request_ && !reading_))
        return throw_away_input();
    if (state_ == State::announced) return read_proxy_header();
    if (state_ != State::open) return;
    IOResult result = transport_->read_some(reactor_.blocks().reserve());
    switch (result.status) {
        case IOStatus::ok:
            sight().bytes_read += result.bytes;
            return receive(reactor_.blocks().commit(result.bytes));
        case IOStatus::would_block:
            return;
        case IOStatus::end:
            return on_peer_end();
        case IOStatus::failed:
            return lose(std::move(result.error), true);
    }
}

// Behind the last request, where only the end of the connection is of interest.
void ServerConnection::throw_away_input() noexcept {
    IOResult result = transport_->read_some(reactor_.blocks().reserve());
    switch (result.status) {
        case IOStatus::ok:
            break;
        case IOStatus::would_block:
            return;
        case IOStatus::end:
            return state_ == State::open ? on_peer_end() : close();
        case IOStatus::failed:
            return lose(std::move(result.error), true);
    }
    unread_input_ = true;
    thrown_away_ += result.bytes;
    sight().bytes_read += result.bytes;
    if (state_ == State::open)
        update_reading();
    else if (thrown_away_ > options().max_discarded_body)
        close();
}

void ServerConnection::on_hangup() noexcept {
    lose({Errc::connection_reset, "the client broke the connection"}, true);
}

void ServerConnection::receive(gyre::ReadSlice slice) noexcept {
    if (reading_) {
        progress_ = true;
        body_received_ += slice.bytes.size();
    }
    if (rest_.bytes.empty()) return parse(std::move(slice));
    if (rest_.block.unique() && lies_in(rest_.block, rest_.bytes, slice.bytes.size())) {
        std::memcpy(const_cast<char*>(rest_.bytes.data()) + rest_.bytes.size(), slice.bytes.data(),
                    slice.bytes.size());
        rest_.bytes = {rest_.bytes.data(), rest_.bytes.size() + slice.bytes.size()};
    } else {
        const std::size_t total = rest_.bytes.size() + slice.bytes.size();
        gyre::ReadSlice joined = copy_of(rest_.bytes, total * 2);
        std::memcpy(joined.block.data() + rest_.bytes.size(), slice.bytes.data(),
                    slice.bytes.size());
        joined.bytes = {joined.block.data(), total};
        rest_ = std::move(joined);
    }
    parse(std::exchange(rest_, {}));
}

gyre::ReadSlice ServerConnection::copy_of(std::string_view bytes, std::size_t room) {
    gyre::ReadSlice copy{gyre::BlockPool::allocate(std::max<std::size_t>(room, 1024)), {}};
    std::memcpy(copy.block.data(), bytes.data(), bytes.size());
    copy.bytes = {copy.block.data(), bytes.size()};
    return copy;
}

void ServerConnection::parse(gyre::ReadSlice slice) noexcept {
    note_held_body();
    needs_bytes_ = false;
    heads_in_batch_ = decoded_in_batch_ = 0;
    in_batch_ = true;
    while (can_parse() && (reading_ ? parse_body(slice) : parse_head(slice))) {
    }
    in_batch_ = false;
    if (state_ == State::open && in_flight_ >= options().max_pipelined &&
        !std::exchange(pipeline_full_, true))
        sight().count(ServerLimit::pipelined);
    if (state_ == State::open || state_ == State::upgrading)
        keep_rest(std::move(slice));
    else
        unread_input_ = unread_input_ || !slice.bytes.empty();
    keep_undecoded();
    send_now();
}

// Who does not read gets no more, and who sends many requests at once lets others have their turn.
bool ServerConnection::can_parse() const noexcept {
    constexpr std::size_t fair_share = 16;
    constexpr std::size_t most_decoded = 256 * 1024;
    if (state_ != State::open) return false;
    if (in_batch_ && decoded_in_batch_ >= most_decoded) return false;
    if (reading_) return parser_.error() != Http1Error::none || !reading_->holds_back_body();
    if (in_batch_ && heads_in_batch_ >= fair_share) return false;
    return !last_request_ && !upgradable_ && !(draining_ && first_) &&
           in_flight_ < core_->options().max_pipelined && !output_is_full();
}

bool ServerConnection::output_is_full() const noexcept {
    const std::size_t high_water = options().write_high_water;
    std::size_t bytes = output_.bytes();
    for (Exchange* exchange = first_; exchange && bytes < high_water; exchange = exchange->next)
        bytes += exchange->waiting().bytes();
    return bytes >= high_water;
}

bool ServerConnection::parse_head(gyre::ReadSlice& slice) noexcept {
    if (slice.bytes.empty()) return false;
    Exchange* exchange = core_->exchanges().take();
    const Http1Step step = parser_.parse(slice.bytes, exchange->head);
    slice.bytes.remove_prefix(step.consumed);
    if (step.event == Http1Event::head) {
        start_request(exchange, slice);
        return true;
    }
    exchange->release();
    if (step.event == Http1Event::error) {
        if (const auto limit = limit_of(parser_.error())) sight().count(*limit);
        reject(status_for(parser_.error()), slice.bytes);
    } else {
        needs_bytes_ = true;
    }
    return false;
}

bool ServerConnection::parse_body(gyre::ReadSlice& slice) noexcept {
    if (has_undecoded()) return decode_body();
    if (!slice.bytes.empty())
        if (const auto limit = broken_body_limit()) {
            fail_late_body(*limit);
            return false;
        }
    const Http1Step step = parser_.parse(slice.bytes, reading_->head);
    slice.bytes.remove_prefix(step.consumed);
    switch (step.event) {
        case Http1Event::body:
            add_body(step.body, slice.block);
            return true;
        case Http1Event::complete:
            if (!decoding_complete()) return false;
            end_request();
            return true;
        case Http1Event::error:
            refuse_body(parser_.error());
            return false;
        default:
            return false;
    }
}

void ServerConnection::keep_rest(gyre::ReadSlice rest) {
    if (rest.bytes.empty()) return;
    if (last_request_ && !reading_) {
        unread_input_ = true;
        return;
    }
    // A block that others share must not be held by a peer that sends slowly. Room for the rest of
    // a head is only worth having where that is what is waited for.
    const std::size_t room = needs_bytes_ ? rest.bytes.size() * 2 : rest.bytes.size();
    rest_ = rest.block.unique() ? std::move(rest) : copy_of(rest.bytes, room);
}

void ServerConnection::start_request(Exchange* exchange, const gyre::ReadSlice& slice) noexcept {
    // Without a 100 a client may or may not send the body after a final answer: so that one is the
    // last (RFC 9110 section 10.1.1).
    const bool keep_alive = exchange->head.keep_alive;
    const bool expects = exchange->head.expect_continue;
    last_request_ = !keep_alive || expects;
    exchange->begin(*this, slice.block, keep_alive && !expects);
    reading_ = exchange;
    body_started_ = reactor_.now();
    body_held_since_ = {};
    body_received_ = slice.bytes.size();
    body_limit_ = unlimited;
    progress_ = true;
    ++heads_in_batch_;
    push(exchange);
    if (exchange->head.upgrade && exchange->head.body_kind == BodyKind::none && !last_request_)
        upgradable_ = exchange;
    if (sight().access_log) exchange->begin_log({});
    if ((peer_->keeps_to_name && is_misdirected(exchange->own_host(), peer_->server_name)) ||
        (!peer_->secure && !peer_->rules && wants_tls(exchange->head.target)))
        return exchange->refuse(421);
    exchange->start();
}

// The body of a request is read only from here on.
void ServerConnection::enter_route(Exchange& exchange) noexcept {
    const Route* route = exchange.routing().route();
    if (!route) {
        exchange.answer_without_route();
        return resume();
    }
    exchange.take_route(*route);
    if (!begin_decoding(exchange)) return resume();
    if (route->streaming) {
        exchange.run_handler();
    } else if (!set_body_limit(route->max_body_size.value_or(options().max_body_size))) {
        return resume();
    }
    if (reading_ == &exchange) allow_body(exchange);
    resume();
}

// To a client that waits for leave to send the body (RFC 9110 section 10.1.1).
void ServerConnection::allow_body(Exchange& exchange) noexcept {
    if (!exchange.head.expect_continue || exchange.response_begun() ||
        parser_.error() != Http1Error::none)
        return;
    last_request_ = !exchange.head.keep_alive;
    exchange.set_keep_alive(exchange.head.keep_alive);
    output_for(exchange).append("HTTP/1.1 100 Continue\r\n\r\n");
    schedule_send();
}

void ServerConnection::add_body(std::string_view piece, const gyre::BlockRef& block) noexcept {
    if (!reading_->response_done())
        return decoder_ ? decoder_->add({block, piece}) : reading_->add_body(piece, block);
    // An early reply: a little more is read, so that the connection can go on.
    thrown_away_ += piece.size();
    if (thrown_away_ <= options().max_discarded_body) return;
    sight().count(ServerLimit::discarded_body);
    fail_body(413, Errc::limit_exceeded, "the response was finished before the body");
}

void ServerConnection::refuse_body(Http1Error error) noexcept {
    const auto limit = limit_of(error);
    if (limit) sight().count(*limit);
    fail_body(status_for(error), limit ? Errc::limit_exceeded : Errc::protocol_error,
              std::string{describe(error)});
}

void ServerConnection::end_request() noexcept {
    Exchange* exchange = std::exchange(reading_, nullptr);
    decoder_.reset();
    parser_.reset();
    thrown_away_ = 0;
    if (!exchange->in_flight) return exchange->release();
    exchange->finish_body({});
}

void ServerConnection::reject(int status, std::string_view bytes) noexcept {
    Exchange* exchange = core_->exchanges().take();
    exchange->begin(*this, {}, false);
    if (sight().access_log) {
        exchange->begin_log(bytes);
        exchange->note_outcome(status == 408 ? RequestOutcome::timed_out : RequestOutcome::refused);
    }
    last_request_ = true;
    unread_input_ = true;
    rest_ = {};
    push(exchange);
    exchange->refuse(status);
}

// Nothing more is read; the connection ends with the response to this request.
void ServerConnection::fail_body(int status, Errc kind, std::string why) noexcept {
    Exchange* exchange = std::exchange(reading_, nullptr);
    decoder_.reset();
    last_request_ = true;
    unread_input_ = true;
    exchange->set_keep_alive(false);
    if (!exchange->in_flight) {
        exchange->release();
        return begin_ending();
    }
    const ExchangeRef keep{*exchange};
    // `on_finish` often has the last reference to the response: that it is released with it must
    // not be taken for a response that its handler let go of.
    const HTTPServerResponse response{*exchange};
    exchange->note_outcome(kind == Errc::timed_out   ? RequestOutcome::timed_out
                           : kind == Errc::truncated ? RequestOutcome::client_aborted
                                                     : RequestOutcome::refused);
    exchange->finish_body({kind, std::move(why)});
    exchange->give_up(status);
}

// Found out when the body is read on, which is never inside the handler's call.
void ServerConnection::limit_body(Exchange& exchange, std::uint64_t bytes) noexcept {
    if (reading_ == &exchange && !set_body_limit(bytes)) resume();
}

void ServerConnection::on_peer_end() noexcept {
    peer_ended_ = true;
    transport_->want_read(false);
    if (reading_ && reading_->head.body_kind != BodyKind::none)
        fail_body(400, Errc::truncated, "the client ended inside the body");
    if (state_ != State::open) return;
    if (!first_ && output_.empty()) return close();
    if (!first_) return begin_ending();
    // Requests are still being answered, to a peer that may have closed only its sending side.
    for (Exchange* exchange = first_; exchange; exchange = exchange->next)
        exchange->tell_connection_closed();
    update_deadline();
}

void ServerConnection::resume() noexcept {
    if (in_batch_ || state_ != State::open || std::exchange(resume_posted_, true)) return;
    post([](ServerConnection& self) {
        self.resume_posted_ = false;
        if (self.state_ == State::open) self.parse(std::exchange(self.rest_, {}));
    });
}

void ServerConnection::update_reading() noexcept {
    if (state_ != State::open) return;
    const bool wanted = last_request_ && !reading_
                            ? thrown_away_ < options().max_discarded_body
                            : (can_parse() || upgradable_) && !has_undecoded() &&
                                  (needs_bytes_ || rest_.bytes.empty());
    transport_->want_read(wanted && !peer_ended_);
}

}  // namespace gyre::http::detail
