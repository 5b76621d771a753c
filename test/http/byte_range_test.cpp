#include "byte_range.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace gyre::http::detail {

void PrintTo(const ByteRange& range, std::ostream* out) {
    *out << range.first << '+' << range.length;
}

namespace {

using Kind = RangeRequest::Kind;
using Ranges = std::vector<ByteRange>;

Ranges ranges(const std::string& field, std::uint64_t size) {
    const RangeRequest request = parse_range(field, size);
    EXPECT_EQ(request.kind, Kind::partial) << field;
    return request.ranges;
}

Kind kind(const std::string& field, std::uint64_t size = 10'000) {
    const RangeRequest request = parse_range(field, size);
    EXPECT_EQ(request.ranges.empty(), request.kind != Kind::partial) << field;
    return request.kind;
}

// The examples of RFC 9110 section 14.1.2, for 10000 bytes.
TEST(ByteRangeTest, TheExamplesOfTheRFC) {
    EXPECT_EQ(ranges("bytes=0-499", 10'000), (Ranges{{0, 500}}));
    EXPECT_EQ(ranges("bytes=500-999", 10'000), (Ranges{{500, 500}}));
    EXPECT_EQ(ranges("bytes=-500", 10'000), (Ranges{{9500, 500}}));
    EXPECT_EQ(ranges("bytes=9500-", 10'000), (Ranges{{9500, 500}}));
    EXPECT_EQ(ranges("bytes=0-0,-1", 10'000), (Ranges{{0, 1}, {9999, 1}}));
    EXPECT_EQ(ranges("bytes= 0-999, 4500-5499, -1000", 10'000),
              (Ranges{{0, 1000}, {4500, 1000}, {9000, 1000}}));
    EXPECT_EQ(ranges("bytes=500-600,601-999", 10'000), (Ranges{{500, 500}}));
    EXPECT_EQ(ranges("bytes=500-700,601-999", 10'000), (Ranges{{500, 500}}));
}

TEST(ByteRangeTest, TheEndIsWhereTheRepresentationEnds) {
    EXPECT_EQ(ranges("bytes=0-10000", 10'000), (Ranges{{0, 10'000}}));
    EXPECT_EQ(ranges("bytes=9999-99999", 10'000), (Ranges{{9999, 1}}));
    EXPECT_EQ(ranges("bytes=-10001", 10'000), (Ranges{{0, 10'000}}));
    EXPECT_EQ(ranges("bytes=0-", 1), (Ranges{{0, 1}}));
    EXPECT_EQ(ranges("bytes=0-18446744073709551615", 100), (Ranges{{0, 100}}));
    EXPECT_EQ(ranges("bytes=0-99999999999999999999999999", 100), (Ranges{{0, 100}}));
    EXPECT_EQ(ranges("bytes=-99999999999999999999999999", 100), (Ranges{{0, 100}}));
    EXPECT_EQ(ranges("bytes=4294967296-4294967297", std::uint64_t{1} << 33),
              (Ranges{{std::uint64_t{1} << 32, 2}}));
}

TEST(ByteRangeTest, WhatDoesNotExistIsLeftOut) {
    EXPECT_EQ(ranges("bytes=0-1,10000-10001,-0", 10'000), (Ranges{{0, 2}}));
    for (const char* field : {"bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=-0,10000-",
                              "bytes=99999999999999999999999999-"})
        EXPECT_EQ(kind(field), Kind::unsatisfiable) << field;
}

// A suffix of nothing is satisfiable, but cannot be told (RFC 9110 section 14.1.2 and 14.4).
TEST(ByteRangeTest, NothingHasNoRanges) {
    EXPECT_EQ(kind("bytes=0-", 0), Kind::unsatisfiable);
    EXPECT_EQ(kind("bytes=0-0", 0), Kind::unsatisfiable);
    EXPECT_EQ(kind("bytes=-0", 0), Kind::unsatisfiable);
    EXPECT_EQ(kind("bytes=-5", 0), Kind::whole);
}

// RFC 9110 section 14.2: an invalid ranges-specifier, or an unknown unit, is as good as none.
TEST(ByteRangeTest, WhatIsMalformedIsIgnored) {
    for (const char* field : {"",
                              "bytes",
                              "bytes=",
                              "bytes=,",
                              "bytes=-",
                              "bytes=a-b",
                              "bytes=1",
                              "bytes=1-0",
                              "bytes=0-1,2-1",
                              "bytes=0-1,x",
                              "bytes=0 - 1",
                              "bytes=0- 1",
                              "bytes=+0-1",
                              "bytes=0x0-1",
                              "bytes=--1",
                              "bytes=-1-",
                              "bytes=0-1-2",
                              "bytes =0-1",
                              " bytes=0-1",
                              "bytes:0-1",
                              "lines=0-1",
                              "bytes=0-1;2-3",
                              "bytes=\"0-1\"",
                              "none",
                              "bytes=0.0-1",
                              "bytes=-1.5"})
        EXPECT_EQ(kind(field), Kind::whole) << field;
}

TEST(ByteRangeTest, TheUnitHasNoCase) { EXPECT_EQ(ranges("ByTeS=0-1", 5), (Ranges{{0, 2}})); }

TEST(ByteRangeTest, EmptyElementsAreNothing) {
    EXPECT_EQ(ranges("bytes=,0-1,, ,", 5), (Ranges{{0, 2}}));
}

TEST(ByteRangeTest, RangesKeepTheirOrder) {
    EXPECT_EQ(ranges("bytes=5000-5001,0-1", 10'000), (Ranges{{5000, 2}, {0, 2}}));
}

TEST(ByteRangeTest, RangesThatOverlapOrNearlyTouchAreJoined) {
    EXPECT_EQ(ranges("bytes=100-199,0-150", 10'000), (Ranges{{0, 200}}));
    EXPECT_EQ(ranges("bytes=0-,0-,0-,-1", 10'000), (Ranges{{0, 10'000}}));
    EXPECT_EQ(ranges("bytes=0-9,109-110", 10'000), (Ranges{{0, 111}}));
    EXPECT_EQ(ranges("bytes=0-9,110-111", 10'000), (Ranges{{0, 10}, {110, 2}}));
    EXPECT_EQ(ranges("bytes=9000-9010,0-100,50-60", 10'000), (Ranges{{0, 101}, {9000, 11}}));
}

TEST(ByteRangeTest, MoreThanSixteenAreServedWhole) {
    std::string field = "bytes=0-0";
    for (std::size_t i = 1; i < max_ranges; ++i)
        field += ',' + std::to_string(i * 1000) + '-' + std::to_string(i * 1000);
    EXPECT_EQ(ranges(field, 100'000).size(), max_ranges);
    EXPECT_EQ(kind(field + ",99000-99001", 100'000), Kind::whole);
    std::string many = "bytes=0-";
    for (int i = 0; i < 2000; ++i)
        many += ",5-";
    EXPECT_EQ(kind(many), Kind::whole);
}

TEST(ByteRangeTest, ContentRange) {
    EXPECT_EQ(content_range({0, 500}, 1234), "bytes 0-499/1234");
    EXPECT_EQ(content_range({1233, 1}, 1234), "bytes 1233-1233/1234");
    EXPECT_EQ(unsatisfied_range(1234), "bytes */1234");
}

TEST(ByteRangeTest, PartsOfAMultipartBody) {
    EXPECT_EQ(part_head("B", "text/plain", {0, 2}, 9),
              "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/9\r\n\r\n");
    EXPECT_EQ(part_head("B", "", {0, 2}, 9), "\r\n--B\r\nContent-Range: bytes 0-1/9\r\n\r\n");
    EXPECT_EQ(last_part_end("B"), "\r\n--B--\r\n");
}

}  // namespace
}  // namespace gyre::http::detail
