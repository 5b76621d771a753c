#include "chunked_decoder.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

namespace gyre::http::detail::test {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

class ChunkedDecoderTest : public testing::Test {
public:
    // Shows the bytes in pieces of at most this size, up to the end of the body or an error.
    Http1Event decode(std::string_view bytes, std::size_t piece = unlimited) {
        decoder = ChunkedDecoder{max_body};
        head.clear();
        body.clear();
        rest = bytes;
        Http1Step step;
        while (!rest.empty()) {
            step = decoder.step(rest.substr(0, piece), limits, head);
            body.append(step.body);
            rest.remove_prefix(step.consumed);
            if (step.event == Http1Event::complete || step.event == Http1Event::error) break;
        }
        return step.event;
    }

    Http1Limits limits;
    std::uint64_t max_body = unlimited;
    ChunkedDecoder decoder{unlimited};
    MessageHead head;
    std::string body;
    std::string_view rest;
};

TEST_F(ChunkedDecoderTest, TakesTheFramingOff) {
    EXPECT_EQ(decode("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET"), Http1Event::complete);
    EXPECT_EQ(body, "abcde");
    EXPECT_EQ(rest, "GET");
    EXPECT_TRUE(head.trailers.empty());
}

TEST_F(ChunkedDecoderTest, DataMayHoldChunkLines) {
    EXPECT_EQ(decode("7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n"), Http1Event::complete);
    EXPECT_EQ(body, "0\r\n\r\n\r\n");
}

TEST_F(ChunkedDecoderTest, TrailersOutliveTheirBytes) {
    {
        const std::string bytes = "0\r\nA: 1\r\nLonger-Name-Than-Small:  value of it \r\n\r\n";
        EXPECT_EQ(decode(bytes, 5), Http1Event::complete);
    }
    ASSERT_EQ(head.trailers.size(), 2U);
    EXPECT_EQ(head.trailers[0].name, "A");
    EXPECT_EQ(head.trailers[0].value, "1");
    EXPECT_EQ(head.trailers[1].name, "Longer-Name-Than-Small");
    EXPECT_EQ(head.trailers[1].value, "value of it");
}

TEST_F(ChunkedDecoderTest, NothingBehindTheTrailersIsCopied) {
    const std::string bytes = "0\r\nA: 1\r\n\r\n" + std::string(4096, 'x');
    EXPECT_EQ(decode(bytes), Http1Event::complete);
    EXPECT_EQ(rest.size(), 4096U);
    EXPECT_LT(head.trailer_bytes.capacity(), 64U);
}

TEST_F(ChunkedDecoderTest, CompleteStays) {
    decode("0\r\n\r\n");
    const Http1Step step = decoder.step("0\r\n\r\n", limits, head);
    EXPECT_EQ(step.event, Http1Event::complete);
    EXPECT_EQ(step.consumed, 0U);
}

TEST_F(ChunkedDecoderTest, AnErrorStays) {
    EXPECT_EQ(decode("x"), Http1Event::error);
    EXPECT_EQ(decoder.step("0\r\n\r\n", limits, head).event, Http1Event::error);
    EXPECT_EQ(decoder.error(), Http1Error::bad_chunk_size);
}

TEST_F(ChunkedDecoderTest, SizesUpTo64BitsAreTaken) {
    EXPECT_EQ(decode("ffffffffffffffff\r\n"), Http1Event::need_more);
    EXPECT_EQ(decode("10000000000000000\r\n"), Http1Event::error);
    EXPECT_EQ(decoder.error(), Http1Error::chunk_size_overflow);
}

std::string with_extension(std::size_t size) {
    return "1;" + std::string(size - 1, 'x') + "\r\na\r\n";
}

TEST_F(ChunkedDecoderTest, ExtensionsOfAChunkKeepToTheirLimit) {
    const std::size_t max = limits.max_chunk_extension;
    EXPECT_EQ(decode(with_extension(max - 1) + "0\r\n\r\n"), Http1Event::complete);
    EXPECT_EQ(decode(with_extension(max) + "0\r\n\r\n"), Http1Event::complete);
    EXPECT_EQ(decode(with_extension(max + 1) + "0\r\n\r\n"), Http1Event::error);
    EXPECT_EQ(decoder.error(), Http1Error::chunk_extension_too_large);
}

TEST_F(ChunkedDecoderTest, ExtensionsOfAllChunksKeepToTheirLimit) {
    const auto chunks = [&](std::size_t last) {
        std::string text;
        for (std::size_t sum = 256; sum < limits.max_chunk_extensions; sum += 256)
            text += with_extension(256);
        return text + with_extension(last - 2) + "0;x\r\n\r\n";
    };
    EXPECT_EQ(decode(chunks(255)), Http1Event::complete);
    EXPECT_EQ(decode(chunks(256)), Http1Event::complete);
    EXPECT_EQ(decode(chunks(257)), Http1Event::error);
    EXPECT_EQ(decoder.error(), Http1Error::chunk_extension_too_large);
}

TEST_F(ChunkedDecoderTest, AnEndlessExtensionIsRefusedAtTheLimit) {
    EXPECT_EQ(decode("1;" + std::string(limits.max_chunk_extension - 1, 'x')),
              Http1Event::need_more);
    EXPECT_EQ(decode("1;" + std::string(limits.max_chunk_extension, 'x')), Http1Event::error);
}

// A trailer section of that many bytes, with the empty line at its end.
std::string trailers_of(std::size_t size) {
    return "A: " + std::string(size / 2 - 5, 'x') +
           "\r\nB: " + std::string(size - size / 2 - 7, 'x') + "\r\n\r\n";
}

TEST_F(ChunkedDecoderTest, TrailersKeepToTheirLimit) {
    const std::size_t max = limits.max_trailers;
    ASSERT_EQ(trailers_of(max).size(), max);
    for (const std::size_t piece : {unlimited, std::uint64_t{1}, std::uint64_t{100}}) {
        EXPECT_EQ(decode("0\r\n" + trailers_of(max - 1), piece), Http1Event::complete);
        EXPECT_EQ(decode("0\r\n" + trailers_of(max), piece), Http1Event::complete);
        EXPECT_EQ(decode("0\r\n" + trailers_of(max + 1), piece), Http1Event::error);
        EXPECT_EQ(decoder.error(), Http1Error::trailers_too_large);
    }
}

TEST_F(ChunkedDecoderTest, TrailerFieldsKeepToTheirLimit) {
    const auto fields = [](std::size_t count) {
        std::string text = "0\r\n";
        for (std::size_t i = 0; i < count; ++i)
            text += "X: y\r\n";
        return text + "\r\n";
    };
    EXPECT_EQ(decode(fields(limits.max_fields - 1)), Http1Event::complete);
    EXPECT_EQ(decode(fields(limits.max_fields)), Http1Event::complete);
    EXPECT_EQ(decode(fields(limits.max_fields + 1)), Http1Event::error);
    EXPECT_EQ(decoder.error(), Http1Error::trailers_too_large);
}

TEST_F(ChunkedDecoderTest, TheBodyKeepsToItsLimit) {
    for (max_body = 3; max_body <= 4; ++max_body)
        EXPECT_EQ(decode("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), Http1Event::complete);
    max_body = 2;
    EXPECT_EQ(decode("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), Http1Event::error);
    EXPECT_EQ(decoder.error(), Http1Error::body_too_large);
    EXPECT_EQ(body, "a") << "refused at the size, before the data";
}

TEST_F(ChunkedDecoderTest, EverySplitGivesTheSame) {
    const std::string bytes =
        "3;a=\"b\\\"c\"\r\nabc\r\n000A;x\r\n0123456789\r\n0\r\nT: 1\r\nU:\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        EXPECT_EQ(decode(bytes, piece), Http1Event::complete);
        EXPECT_EQ(body, "abc0123456789");
        EXPECT_EQ(head.trailers.size(), 2U);
        EXPECT_TRUE(rest.empty());
    }
}

TEST(ForbiddenTrailers, AreThoseThatFrameRouteOrAuthenticate) {
    for (const std::string_view name :
         {"Content-Length", "TRANSFER-ENCODING", "host", "Connection", "Trailer", "TE", "Upgrade",
          "Authorization", "Set-Cookie", "Content-Type", "Content-Encoding", "Expect"})
        EXPECT_TRUE(is_forbidden_trailer(name)) << name;
    for (const std::string_view name : {"ETag", "Server-Timing", "Digest", "X-Sum", "grpc-status"})
        EXPECT_FALSE(is_forbidden_trailer(name)) << name;
}

}  // namespace
}  // namespace gyre::http::detail::test
