#include "coding_driver.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gyre::http::detail {
namespace {

/// What a decoder gives back of the bytes so far.
std::string readable(ContentDecoder& decoder, std::string_view bytes) {
    std::string all;
    for (;;) {
        const DecodeStep step = decoder.decode(bytes);
        bytes.remove_prefix(step.consumed);
        if (step.event != DecodeStep::Event::data) return all;
        all.append(step.piece);
    }
}

TEST(ContentEncoder, WhatIsWrittenComesBack) {
    const std::string bodies[] = {"", "a", std::string(100'000, 'a'), test::noise(300'000)};
    for (const ContentCoding coding : test::all_codings)
        for (const std::string& body : bodies)
            for (const int level : {1, 5, 9}) {
                ContentEncoder encoder{coding, level};
                std::string coded;
                for (std::size_t at = 0; at < body.size(); at += 1000)
                    encoder.write(std::string_view{body}.substr(at, 1000), coded);
                encoder.finish(coded);
                ContentDecoder decoder{coding, test::no_limit};
                if (body.size() < 60'000 || body.front() != 'a')
                    EXPECT_EQ(readable(decoder, coded), body);
                if (body.size() > 1000 && body.front() == 'a') EXPECT_LT(coded.size(), 5000u);
            }
}

TEST(ContentEncoder, WhatIsFlushedIsReadableAtOnce) {
    for (const ContentCoding coding : test::all_codings) {
        ContentEncoder encoder{coding, 4};
        ContentDecoder decoder{coding, test::no_limit};
        for (const std::string& piece :
             {std::string{"one"}, test::noise(50'000), std::string{"x"}}) {
            std::string coded;
            encoder.write(piece, coded);
            encoder.flush(coded);
            EXPECT_EQ(readable(decoder, coded), piece) << coding_name(coding);
        }
        std::string end;
        encoder.finish(end);
        EXPECT_EQ(readable(decoder, end), "");
        EXPECT_EQ(decoder.finish(), DecodeError::none);
    }
}

TEST(ContentEncoder, FlushOfNothingCostsNothing) {
    for (const ContentCoding coding : test::all_codings) {
        ContentEncoder encoder{coding, 4};
        std::string coded;
        encoder.flush(coded);
        encoder.write({}, coded);
        encoder.flush(coded);
        EXPECT_EQ(coded, "");
        encoder.write("a", coded);
        encoder.flush(coded);
        const std::size_t size = coded.size();
        encoder.flush(coded);
        EXPECT_EQ(coded.size(), size);
    }
}

// RFC 9110 section 8.4.1.2: "deflate" is the zlib format; RFC 1950 and 1952 for the first bytes.
TEST(ContentEncoder, FormatsAreWhatTheirNamesSay) {
    EXPECT_TRUE(test::encode(ContentCoding::gzip, "a").starts_with("\x1f\x8b\x08"));
    EXPECT_EQ(test::encode(ContentCoding::deflate, "a").front(), '\x78');
}

TEST(ContentCoding, NamesIgnoreCase) {
    EXPECT_EQ(coding_named("GZip"), ContentCoding::gzip);
    EXPECT_EQ(coding_named("x-gzip"), ContentCoding::gzip);
    EXPECT_EQ(coding_named("br"), ContentCoding::brotli);
    EXPECT_EQ(coding_named("deflate"), ContentCoding::deflate);
    EXPECT_EQ(coding_named("identity"), ContentCoding::identity);
    for (const char* other : {"", "gzi", "gzipp", "brotli", "compress", "*"})
        EXPECT_EQ(coding_named(other), std::nullopt) << other;
}

}  // namespace
}  // namespace gyre::http::detail
