#pragma once

#include "../http/http1_driver.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace gyre::http::detail::test {

// What every fuzz target of the parser does with its input: the first byte chooses how it is cut
// and which limits hold; the rest is what a peer sent.
struct FuzzInput {
    FuzzInput(const std::uint8_t* data, std::size_t size)
        : choice{size == 0 ? std::uint8_t{0} : data[0]},
          text(reinterpret_cast<const char*>(data), size) {
        text.erase(0, 1);
    }

    // Small limits are met by small inputs, so every other choice has them.
    Http1Limits limits() const {
        if (choice % 2 == 0) return {};
        return {.max_head = 128,
                .max_field_line = 40,
                .max_fields = 4,
                .max_target = 20,
                .max_chunk_extension = 8,
                .max_chunk_extensions = 12,
                .max_trailers = 64,
                .max_body = 20};
    }

    // The size of the piece that begins at this position: fixed, or varying from piece to piece.
    std::size_t piece_at(std::size_t position) const {
        const std::size_t step = choice / 2U % 16U;
        return step != 0 ? step : 1 + (position * 2654435761U >> 7U) % 23;
    }

    std::uint8_t choice;
    std::string text;
};

inline void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "fuzz target: %s\n", what);
    std::abort();
}

// Runs a driver over the input in one piece and in many, which must give the same account.
template <class Driver, class Prepare>
void check_splits(const FuzzInput& input, const Prepare& prepare) {
    const Http1Limits limits = input.limits();
    Driver whole{limits};
    prepare(whole.parser);
    whole.feed(input.text);
    whole.finish();
    require(whole.parser.error() != Http1Error::bad_grammar,
            "the strict checks passed what the grammar refuses");

    Driver split{limits};
    prepare(split.parser);
    const std::string_view text = input.text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = input.piece_at(at);
        if (!split.feed(text.substr(at, size))) break;
        at += size;
    }
    split.finish();
    if (whole.account != split.account)
        std::fprintf(stderr, "one piece:\n%s\nsplit:\n%s\n", whole.account.c_str(),
                     split.account.c_str());
    require(whole.account == split.account, "the split changed the outcome");
}

}  // namespace gyre::http::detail::test
