// Coded bodies, in one piece and cut up; and anything, coded and decoded again.

#include "content_decoder.hpp"
#include "content_encoder.hpp"
#include "http1_split_check.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace gyre::http::detail;
using test::require;

namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

struct Outcome {
    std::string body;
    DecodeError error = DecodeError::none;
};

template <class PieceAt>
Outcome decode(ContentCoding coding, std::string_view text, std::uint64_t limit,
               const PieceAt& piece_at) {
    ContentDecoder decoder{coding, limit};
    Outcome outcome;
    for (std::size_t at = 0; at < text.size() && decoder.error() == DecodeError::none;) {
        // A copy of the exact size lets a sanitizer see a read beyond it.
        const std::string piece{text.substr(at, piece_at(at))};
        at += piece.size();
        std::string_view rest = piece;
        DecodeStep step;
        do {
            step = decoder.decode(rest);
            rest.remove_prefix(step.consumed);
            require(step.piece.size() <= ContentDecoder::piece_size, "too large a piece");
            require(step.piece.empty() == (step.event != DecodeStep::Event::data), "no piece");
            outcome.body.append(step.piece);
        } while (step.event == DecodeStep::Event::data);
        if (step.event == DecodeStep::Event::need_more) require(rest.empty(), "not all is taken");
    }
    outcome.error = decoder.finish();
    require(outcome.body.size() <= limit, "more than allowed");
    require(outcome.body.size() <= 64 * 1024 || outcome.body.size() <= 100 * text.size(),
            "a bomb went off");
    return outcome;
}

std::string encode(ContentCoding coding, const test::FuzzInput& input) {
    ContentEncoder encoder{coding, 1 + input.choice % 9};
    std::string coded;
    for (std::size_t at = 0; at < input.text.size();) {
        const std::size_t size = input.piece_at(at);
        encoder.write(std::string_view{input.text}.substr(at, size), coded);
        if (size % 3 == 0) encoder.flush(coded);
        at += size;
    }
    encoder.finish(coded);
    return coded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::FuzzInput input{data, size};
    constexpr ContentCoding codings[] = {ContentCoding::gzip, ContentCoding::deflate,
                                         ContentCoding::brotli};
    const ContentCoding coding = codings[input.choice % 3];
    const std::uint64_t limit = input.choice < 128 ? no_limit : 1000;
    const auto all = [](std::size_t) { return std::string_view::npos; };
    const auto cut = [&](std::size_t at) { return input.piece_at(at); };

    const Outcome whole = decode(coding, input.text, limit, all);
    const Outcome split = decode(coding, input.text, limit, cut);
    const std::size_t common = std::min(whole.body.size(), split.body.size());
    require(whole.body.compare(0, common, split.body, 0, common) == 0, "another body");
    // How much has been taken when the ratio is looked at depends on the cut.
    if (whole.error != DecodeError::ratio_exceeded && split.error != DecodeError::ratio_exceeded) {
        require((whole.error == DecodeError::none) == (split.error == DecodeError::none),
                "the split changed the verdict");
        require(limit != no_limit || whole.error == split.error, "the split changed the error");
        require(whole.error != DecodeError::none || whole.body == split.body, "another size");
    }

    const Outcome back = decode(coding, encode(coding, input), no_limit, cut);
    require(back.error == DecodeError::ratio_exceeded || back.body == input.text,
            "coding and decoding gave something else");
    return 0;
}
