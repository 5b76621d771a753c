#include "request_decoder.hpp"
#include "server_connection.hpp"

#include <optional>
#include <string>
#include <utility>

// The part of ServerConnection's reading half that decodes bodies with a content coding.
namespace gyre::http::detail {

// False if the body has a coding that is not decoded; then the response is that.
bool ServerConnection::begin_decoding(Exchange& exchange) {
    if (!options().decompress_request || exchange.head.body_kind == BodyKind::none) return true;
    const std::optional<ContentCoding> coding = request_coding(exchange.head);
    if (!coding) {
        exchange.refuse_coding();
        return false;
    }
    if (*coding != ContentCoding::identity)
        decoder_ = std::make_shared<RequestDecoder>(
            *coding, exchange.streaming() ? body_limit_ : options().max_body_size);
    return true;
}

// The parser counts coded bytes, the decoder what they come to.
bool ServerConnection::set_body_limit(std::uint64_t bytes) noexcept {
    body_limit_ = bytes;
    if (!decoder_) return parser_.limit_body(bytes);
    decoder_->limit_body(bytes);
    return parser_.limit_body(RequestDecoder::coded_limit(bytes));
}

bool ServerConnection::has_undecoded() const noexcept { return decoder_ && decoder_->pending(); }

// One piece at a time, as the handler may pause after each.
bool ServerConnection::decode_body() noexcept {
    // The piece lies in it, and the handler may end the connection.
    const std::shared_ptr<RequestDecoder> decoder = decoder_;
    if (reading_->response_done()) {
        decoder_.reset();  // what comes is thrown away as it is
        return true;
    }
    const DecodeStep step = decoder->next();
    if (step.event == DecodeStep::Event::error) {
        fail_decoding(decoder->error());
        return false;
    }
    decoded_in_batch_ += step.piece.size();
    if (step.event == DecodeStep::Event::data) reading_->add_body(step.piece, {});
    return true;
}

bool ServerConnection::decoding_complete() noexcept {
    if (!decoder_ || reading_->response_done()) return true;
    const DecodeError error = decoder_->finish();
    if (error != DecodeError::none) fail_decoding(error);
    return error == DecodeError::none;
}

void ServerConnection::fail_decoding(DecodeError error) noexcept {
    std::string why{describe(error)};
    switch (error) {
        case DecodeError::too_large:
        case DecodeError::ratio_exceeded:
            sight().count(ServerLimit::decompression);
            return fail_body(413, Errc::limit_exceeded, std::move(why));
        case DecodeError::truncated:
            return fail_body(400, Errc::truncated, std::move(why));
        default:
            return fail_body(400, Errc::protocol_error, std::move(why));
    }
}

// What waits must not hold a block that others share. If only this turn's share is used up, it goes
// on by itself.
void ServerConnection::keep_undecoded() noexcept {
    if (!has_undecoded()) return;
    gyre::ReadSlice& input = decoder_->input();
    if (!input.bytes.empty() && !input.block.unique())
        input = copy_of(input.bytes, input.bytes.size());
    if (can_parse()) resume();
}

}  // namespace gyre::http::detail
