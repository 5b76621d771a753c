#include "coding_driver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gyre::http::detail {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using test::decode;
using test::encode;

// What Python's gzip (with a file name in the header), zlib, zlib with wbits=-15, and Node's zlib
// make of this text.
constexpr auto text =
    "Callbacks, callbacks, callbacks: once, never inline, and always in order.\n"sv;
constexpr auto gzip_text =
    "\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\xff\x76\x65\x63\x74\x6f\x72\x2e\x74\x78\x74\x00\x73\x4e"
    "\xcc\xc9\x49\x4a\x4c\xce\x2e\xd6\x51\x48\xc6\xc2\xb4\x52\xc8\xcf\x4b\x4e\xd5\x51\xc8\x4b\x2d"
    "\x4b\x2d\x52\xc8\xcc\xcb\xc9\xcc\x03\xf2\x12\xf3\x52\x14\x12\x73\xca\x13\x2b\x8b\x81\x42\x0a"
    "\xf9\x45\x29\xa9\x45\x7a\x5c\x00\x83\x2d\x6e\x64\x4a\x00\x00\x00"sv;
constexpr auto zlib_text =
    "\x78\xda\x73\x4e\xcc\xc9\x49\x4a\x4c\xce\x2e\xd6\x51\x48\xc6\xc2\xb4\x52\xc8\xcf\x4b\x4e\xd5"
    "\x51\xc8\x4b\x2d\x4b\x2d\x52\xc8\xcc\xcb\xc9\xcc\x03\xf2\x12\xf3\x52\x14\x12\x73\xca\x13\x2b"
    "\x8b\x81\x42\x0a\xf9\x45\x29\xa9\x45\x7a\x5c\x00\xdd\x54\x19\xfe"sv;
constexpr auto bare_text = zlib_text.substr(2, zlib_text.size() - 6);
constexpr auto brotli_text =
    "\x1b\x49\x00\xe0\x1d\x09\x76\xac\xc5\x36\xa4\x05\xe3\x6b\x85\xb0\xb1\x34\x05\xe2\xd6\x2c\x3a"
    "\x64\x73\x3c\xc6\xc6\x1f\x64\x98\x5c\xff\x01\x8f\x61\xfb\x4e\xb7\x48\x51\xb4\xe8\x8d\x88\x54"
    "\xa1\xdb\xc4\x95\xc6\x39\x9b\xa4\x7f\x11\xc7\x00"sv;

struct Vector {
    std::string_view name;
    ContentCoding coding;
    std::string_view bytes;
};
constexpr Vector vectors[] = {{"gzip", ContentCoding::gzip, gzip_text},
                              {"zlib", ContentCoding::deflate, zlib_text},
                              {"bare deflate", ContentCoding::deflate, bare_text},
                              {"brotli", ContentCoding::brotli, brotli_text}};

TEST(ContentDecoder, ReadsWhatOthersWroteAtEverySplit) {
    for (const Vector& vector : vectors)
        for (std::size_t piece = 1; piece <= vector.bytes.size(); ++piece) {
            const auto decoded = decode(vector.coding, vector.bytes, piece);
            EXPECT_EQ(decoded.body, text) << vector.name << " in pieces of " << piece;
            EXPECT_EQ(decoded.error, DecodeError::none) << vector.name;
        }
}

TEST(ContentDecoder, EveryShorterBodyIsTruncated) {
    for (const Vector& vector : vectors)
        for (std::size_t size = 1; size < vector.bytes.size(); ++size)
            for (const std::size_t piece : {std::size_t{1}, size})
                EXPECT_EQ(decode(vector.coding, vector.bytes.substr(0, size), piece).error,
                          DecodeError::truncated)
                    << vector.name << " of " << size;
}

TEST(ContentDecoder, BodyOfNoBytesIsEmpty) {
    for (const Vector& vector : vectors) {
        ContentDecoder decoder{vector.coding, 1};
        EXPECT_EQ(decoder.decode({}).event, DecodeStep::Event::need_more);
        EXPECT_EQ(decoder.finish(), DecodeError::none);
    }
}

TEST(ContentDecoder, BytesBehindTheEndAreRefused) {
    for (const Vector& vector : vectors)
        for (const std::string_view more : {"\0"sv, "x"sv, "\n\n\n\n"sv}) {
            const std::string body = std::string{vector.bytes} + std::string{more};
            for (std::size_t piece = 1; piece <= body.size(); ++piece)
                EXPECT_EQ(decode(vector.coding, body, piece).error, DecodeError::trailing_data)
                    << vector.name << " in pieces of " << piece;
        }
}

// RFC 1952 section 2.2
TEST(ContentDecoder, MembersOfAGzipFileFollowOneAnother) {
    const std::string body = std::string{gzip_text} + encode(ContentCoding::gzip, "") +
                             encode(ContentCoding::gzip, "and more");
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
        const auto decoded = decode(ContentCoding::gzip, body, piece);
        EXPECT_EQ(decoded.body, std::string{text} + "and more");
        EXPECT_EQ(decoded.error, DecodeError::none);
    }
}

TEST(ContentDecoder, FurtherMemberMustBeWhole) {
    const std::string body = std::string{gzip_text} + std::string{gzip_text.substr(0, 30)};
    EXPECT_EQ(decode(ContentCoding::gzip, body).error, DecodeError::truncated);
    EXPECT_EQ(decode(ContentCoding::gzip, std::string{gzip_text} + "\x1fxx").error,
              DecodeError::bad_data);
}

TEST(ContentDecoder, OtherBytesAreBadData) {
    for (const ContentCoding coding : test::all_codings)
        for (const std::size_t piece : {std::size_t{1}, std::size_t{100}})
            EXPECT_EQ(decode(coding, "\xff\xff\xff\xff\xff\xff\xff\xff"sv, piece).error,
                      DecodeError::bad_data)
                << coding_name(coding);
}

TEST(ContentDecoder, WrongCheckSumIsBadData) {
    for (const auto& [coding, bytes] :
         {std::pair{ContentCoding::gzip, gzip_text}, std::pair{ContentCoding::deflate, zlib_text}})
        for (std::size_t at = bytes.size() - 4; at < bytes.size(); ++at) {
            std::string body{bytes};
            body[at] ^= 1;
            EXPECT_EQ(decode(coding, body).error, DecodeError::bad_data);
        }
}

// RFC 1950 section 2.2, FDICT
TEST(ContentDecoder, DictionaryThatNobodyHasIsBadData) {
    EXPECT_EQ(decode(ContentCoding::deflate, "\x78\xbb\0\0\0\1\x4b\x04\0"sv).error,
              DecodeError::bad_data);
}

TEST(ContentDecoder, SecondLayerIsNotTakenOff) {
    const std::string once = encode(ContentCoding::gzip, text);
    EXPECT_EQ(decode(ContentCoding::gzip, encode(ContentCoding::gzip, once)).body, once);
}

TEST(ContentDecoder, LimitCountsDecodedBytes) {
    const std::string body = test::noise(70'000);
    for (const ContentCoding coding : test::all_codings) {
        const std::string coded = encode(coding, body);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, coded.size()}) {
            EXPECT_EQ(decode(coding, coded, piece, body.size() + 1).error, DecodeError::none);
            EXPECT_EQ(decode(coding, coded, piece, body.size()).error, DecodeError::none);
            EXPECT_EQ(decode(coding, coded, piece, body.size() - 1).error, DecodeError::too_large);
        }
    }
}

TEST(ContentDecoder, LimitMayBeLoweredOnTheWay) {
    ContentDecoder decoder{ContentCoding::deflate, test::no_limit};
    const std::string coded = encode(ContentCoding::deflate, std::string(20'000, 'a'));
    const DecodeStep first = decoder.decode(coded);
    ASSERT_EQ(first.piece.size(), ContentDecoder::piece_size);
    decoder.limit_output(10'000);
    EXPECT_EQ(decoder.decode(std::string_view{coded}.substr(first.consumed)).event,
              DecodeStep::Event::error);
    EXPECT_EQ(decoder.error(), DecodeError::too_large);
}

TEST(ContentDecoder, BombIsRefusedAfterLittle) {
    const std::string zeros(10'000'000, '\0');
    for (const ContentCoding coding : test::all_codings) {
        const std::string bomb = encode(coding, zeros);
        ASSERT_LT(bomb.size(), 12'000u);
        for (const std::size_t piece : {std::size_t{1}, bomb.size()}) {
            const auto decoded = decode(coding, bomb, piece);
            EXPECT_EQ(decoded.error, DecodeError::ratio_exceeded) << coding_name(coding);
            EXPECT_LE(decoded.body.size(), 100 * bomb.size() + 2 * 64 * 1024);
        }
    }
}

TEST(ContentDecoder, RatioIsFreeForTheFirst64KB) {
    for (const ContentCoding coding : test::all_codings) {
        const std::string most(64 * 1024, '\0');
        EXPECT_EQ(decode(coding, encode(coding, most)).body, most);
        EXPECT_EQ(decode(coding, encode(coding, most + '\0')).error, DecodeError::ratio_exceeded);
    }
}

TEST(ContentDecoder, RatioOf100IsTheMost) {
    for (const ContentCoding coding : test::all_codings) {
        // What cannot be made smaller comes first, and earns the zeros behind it.
        const std::string earned = test::noise(4'000);
        EXPECT_EQ(decode(coding, encode(coding, earned + std::string(350'000, '\0'))).error,
                  DecodeError::none);
        EXPECT_EQ(decode(coding, encode(coding, earned + std::string(550'000, '\0'))).error,
                  DecodeError::ratio_exceeded);
    }
}

TEST(ContentDecoder, PiecesAreBoundedAndCanBeLeftWaiting) {
    const std::string body(60'000, 'a');
    for (const ContentCoding coding : test::all_codings) {
        const std::string coded = encode(coding, body);
        EXPECT_LE(decode(coding, coded).largest_piece, ContentDecoder::piece_size);
        ContentDecoder decoder{coding, test::no_limit};
        const DecodeStep step = decoder.decode(coded);
        EXPECT_EQ(step.event, DecodeStep::Event::data);
        EXPECT_EQ(decoder.finish(), DecodeError::truncated) << "not all of it was taken";
    }
}

TEST(ContentDecoder, EveryErrorHasItsOwnText) {
    const DecodeError errors[] = {DecodeError::none,          DecodeError::truncated,
                                  DecodeError::trailing_data, DecodeError::bad_data,
                                  DecodeError::too_large,     DecodeError::ratio_exceeded};
    for (const DecodeError left : errors)
        for (const DecodeError right : errors)
            EXPECT_EQ(describe(left) == describe(right), left == right);
}

}  // namespace
}  // namespace gyre::http::detail
