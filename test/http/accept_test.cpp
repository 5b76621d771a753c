#include "accept.hpp"

#include "coding_driver.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {
namespace {

using Fields = std::vector<HTTPField>;

constexpr auto gzip = ContentCoding::gzip;
constexpr auto deflate = ContentCoding::deflate;
constexpr auto brotli = ContentCoding::brotli;
constexpr auto identity = ContentCoding::identity;
constexpr std::array offered{brotli, gzip, deflate};

// RFC 9110 section 12.4.2: qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
TEST(Accept, WeightsAreReadStrictly) {
    struct Row {
        std::string_view text;
        std::optional<int> weight;
    };
    const Row rows[] = {
        {"0", 0},      {"1", 1000},     {"0.", 0},      {"1.", 1000},   {"0.0", 0},
        {"0.000", 0},  {"0.001", 1},    {"0.5", 500},   {"0.50", 500},  {"0.999", 999},
        {"1.0", 1000}, {"1.000", 1000}, {"", {}},       {".5", {}},     {"1.001", {}},
        {"1.1", {}},   {"2", {}},       {"0.0000", {}}, {"1.0000", {}}, {"0.5555", {}},
        {"-0", {}},    {"+1", {}},      {"00", {}},     {"01", {}},     {"10", {}},
        {"0,5", {}},   {"0.5 ", {}},    {" 0.5", {}},   {"1e0", {}},    {"0x1", {}},
        {"\"1\"", {}}, {"0.a", {}},     {"nan", {}},    {"1.0a", {}},   {"0..5", {}},
        {"0.-5", {}},
    };
    for (const Row& row : rows)
        EXPECT_EQ(parse_qvalue(row.text), row.weight) << '"' << row.text << '"';
}

// RFC 9110 section 12.5.3
TEST(Accept, CodingIsChosenByWeightThenByTheServersOrder) {
    struct Row {
        std::string_view field;
        std::optional<ContentCoding> chosen;
    };
    const Row rows[] = {
        {"gzip", gzip},
        {"gzip, deflate, br", brotli},
        {"gzip,deflate", gzip},
        {"deflate", deflate},
        {"GZIP", gzip},
        {"x-gzip", gzip},
        {"gzip;q=1.0, br;q=0.9", gzip},
        {"gzip ; q=0.5 , br\t;\tQ=0.4", gzip},
        {"deflate;q=0.001", deflate},
        {"br;q=0, gzip;q=0.1", gzip},
        {"*", brotli},
        {"*;q=0.5, br;q=0.4", gzip},
        {"br;q=0, *", gzip},
        // identity: rule 2 of the clause, and what its own weight says
        {"", identity},
        {"identity", identity},
        {"compress, zstd", identity},
        {"gzip;q=0", identity},
        {"gzip;q=0.5, identity", identity},
        {"gzip;q=0.5, identity;q=0.5", gzip},
        {"gzip, identity;q=0.9", gzip},
        {"identity;q=0, gzip;q=0.1", gzip},
        {"*;q=0, gzip", gzip},
        {"*;q=0, identity", identity},
        {"identity;q=0", std::nullopt},
        {"*;q=0", std::nullopt},
        {"zstd, identity;q=0", std::nullopt},
        {"zstd, *;q=0", std::nullopt},
        // malformed elements are passed over
        {"gzip;q=2, deflate;q=0.1", deflate},
        {"gzip;q=, deflate", deflate},
        {"gzip;q, deflate", deflate},
        {"gzip;q=0.5555", identity},
        {"gzip;level=9, deflate", deflate},
        {"gzip q=1", identity},
        {",, ,gzip,,", gzip},
        {"\"gzip, br\"", identity},
        {"\"gzip", identity},
        // of two for one the first counts
        {"gzip;q=0, gzip;q=1", identity},
        {"gzip;q=0, x-gzip;q=1", identity},
    };
    for (const Row& row : rows) {
        const Fields fields{{"Accept", "br"}, {"accept-encoding", row.field}};
        EXPECT_EQ(choose_coding(HTTPHeadersView{fields}, offered), row.chosen) << row.field;
    }
}

TEST(Accept, WithoutTheFieldNothingIsCoded) { EXPECT_EQ(choose_coding({}, offered), identity); }

TEST(Accept, SeveralFieldsAreOneList) {
    const Fields fields{{"Accept-Encoding", "gzip;q=0.5"}, {"Accept-Encoding", "br;q=0.6"}};
    EXPECT_EQ(choose_coding(HTTPHeadersView{fields}, offered), brotli);
}

TEST(Accept, OnlyWhatIsOfferedIsChosen) {
    const Fields fields{{"Accept-Encoding", "br, gzip;q=0.5"}};
    EXPECT_EQ(choose_coding(HTTPHeadersView{fields}, std::array{gzip}), gzip);
    EXPECT_EQ(choose_coding(HTTPHeadersView{fields}, {}), identity);
}

// RFC 9110 section 12.5.1
TEST(Accept, MediaTypeIsChosenByTheMostSpecificRange) {
    constexpr std::array<std::string_view, 3> types{"text/html", "application/json", "text/plain"};
    constexpr std::size_t html = 0;
    constexpr std::size_t json = 1;
    constexpr std::size_t plain = 2;
    struct Row {
        std::string_view field;
        std::optional<std::size_t> chosen;
    };
    const Row rows[] = {
        {"*/*", html},
        {"application/json", json},
        {"APPLICATION/Json", json},
        {"application/*", json},
        {"text/*", html},
        {"text/plain, text/html;q=0.9", plain},
        {"text/*;q=0.3, text/html;q=0.2, */*;q=0.1", plain},
        {"text/html;q=0, text/*", plain},
        {"*/*;q=0.1, application/json;q=0.2", json},
        {"text/html, application/xhtml+xml, application/xml;q=0.9, image/avif, */*;q=0.8", html},
        {"application/json;charset=utf-8", json},
        {"application/json ; charset=\"a;q=0\" ; q=0.5, text/html;q=0.4", json},
        {"text/html;level=1, text/plain;q=0.5", plain},
        {"text/html;q=0.5;ext=1, text/plain;q=0.4", html},
        {"image/png", std::nullopt},
        {"", std::nullopt},
        {"*/*;q=0", std::nullopt},
        {"text/html;q=1.1", std::nullopt},
        {"text/", std::nullopt},
        {"text", std::nullopt},
        {"*/json", std::nullopt},
        {"/*", std::nullopt},
    };
    for (const Row& row : rows) {
        const Fields fields{{"Accept", row.field}};
        EXPECT_EQ(choose_media_type(HTTPHeadersView{fields}, types), row.chosen) << row.field;
    }
    EXPECT_EQ(choose_media_type({}, types), html);
    EXPECT_EQ(choose_media_type({}, {}), std::nullopt);
}

}  // namespace
}  // namespace gyre::http::detail
