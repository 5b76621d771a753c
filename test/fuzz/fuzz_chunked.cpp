// Chunked bodies, in one piece and cut up.

#include "chunked_decoder.hpp"
#include "http1_split_check.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace gyre::http::detail;

namespace {

struct Outcome {
    Http1Event event = Http1Event::need_more;
    Http1Error error = Http1Error::none;
    std::size_t consumed = 0;
    std::string body;
    std::string trailers;

    bool operator==(const Outcome&) const = default;
};

template <class PieceAt>
Outcome decode(const test::FuzzInput& input, const PieceAt& piece_at) {
    const Http1Limits limits = input.limits();
    ChunkedDecoder decoder{limits.max_body};
    MessageHead head;
    Outcome outcome;
    const std::string_view text = input.text;
    while (outcome.consumed < text.size()) {
        // A copy of the exact size lets a sanitizer see a read beyond it.
        const std::string piece{text.substr(outcome.consumed, piece_at(outcome.consumed))};
        const Http1Step step = decoder.step(piece, limits, head);
        outcome.event = step.event;
        outcome.body.append(step.body);
        outcome.consumed += step.consumed;
        if (step.event == Http1Event::complete || step.event == Http1Event::error) break;
        test::require(step.consumed != 0, "no progress");
    }
    if (outcome.event == Http1Event::body) outcome.event = Http1Event::need_more;
    outcome.error = decoder.error();
    // How far it came before an error is nobody's business, as nothing can follow.
    if (outcome.event == Http1Event::error) outcome.consumed = 0;
    for (const Field& field : head.trailers)
        outcome.trailers.append(field.name).append(":").append(field.value).append("\n");
    test::require(outcome.body.size() <= limits.max_body, "more body than allowed");
    test::require(head.trailer_bytes.size() <= limits.max_trailers, "more trailers than allowed");
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::FuzzInput input{data, size};
    const Outcome whole = decode(input, [](std::size_t) { return std::string_view::npos; });
    const Outcome split = decode(input, [&](std::size_t at) { return input.piece_at(at); });
    test::require(whole == split, "the split changed the outcome");
    return 0;
}
