#include "multipart_driver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail::test {
namespace {

using namespace std::string_literals;

std::string parse(std::string_view body, std::string_view boundary = "b",
                  const MultipartLimits& limits = {}) {
    MultipartDriver driver{boundary, limits};
    driver.feed(body);
    EXPECT_FALSE(driver.stuck) << body;
    return driver.finish();
}

std::string parse_in_pieces(std::string_view body, std::size_t piece, std::string_view boundary,
                            const MultipartLimits& limits = {}) {
    MultipartDriver driver{boundary, limits};
    for (std::size_t at = 0; at < body.size() && driver.feed(body.substr(at, piece)); at += piece) {
    }
    EXPECT_FALSE(driver.stuck) << body;
    return driver.finish();
}

// In one piece, cut at every place, and in pieces of 1 to 5 bytes: always the same.
std::string parse_every_way(std::string_view body, std::string_view boundary = "b",
                            const MultipartLimits& limits = {}) {
    const std::string whole = parse(body, boundary, limits);
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
        MultipartDriver driver{boundary, limits};
        if (driver.feed(body.substr(0, cut))) driver.feed(body.substr(cut));
        EXPECT_EQ(driver.finish(), whole) << "cut at " << cut << " of " << body;
    }
    for (std::size_t piece = 1; piece <= 5; ++piece)
        EXPECT_EQ(parse_in_pieces(body, piece, boundary, limits), whole) << piece << " of " << body;
    return whole;
}

std::string field(std::string_view name, std::string_view data) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string{name} + "\"\r\n\r\n" +
           std::string{data} + "\r\n";
}

std::string with_head(std::string_view head) {
    return "--b\r\n" + std::string{head} + "\r\nx\r\n--b--\r\n";
}

std::string error_of(std::string_view body, const MultipartLimits& limits = {}) {
    const std::string account = parse_every_way(body, "b", limits);
    const std::size_t at = account.find("not whole: ");
    return at == std::string::npos ? "none" : account.substr(at + 11);
}

std::string text(MultipartError error) { return std::string{describe(error)}; }

TEST(MultipartParser, FormOfABrowser) {
    const std::string body =
        "------WebKitFormBoundaryAbC\r\n"
        "Content-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n"
        "------WebKitFormBoundaryAbC\r\n"
        "Content-Disposition: form-data; name=\"file\"; filename=\"a%22b.txt\"\r\n"
        "Content-Type: text/plain\r\n\r\none\r\ntwo\r\n\r\n"
        "------WebKitFormBoundaryAbC--\r\n";
    EXPECT_EQ(parse_every_way(body, "----WebKitFormBoundaryAbC"),
              "part title fields 1\ndata A title\npart_end\n"
              "part file file a\"b.txt type text/plain fields 2\ndata one\r\ntwo\r\n\npart_end\n"
              "end\nwhole");
}

TEST(MultipartParser, EmptyFormAndEmptyParts) {
    EXPECT_EQ(parse_every_way("--b--\r\n"), "end\nwhole");
    EXPECT_EQ(parse_every_way("--b--"), "end\nwhole");
    EXPECT_EQ(parse_every_way(field("a", "") + "--b--\r\n"),
              "part a fields 1\npart_end\nend\nwhole");
    // RFC 2046 5.1.1: the data may be missing with its empty line.
    EXPECT_EQ(parse_every_way("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--\r\n"),
              "part a fields 1\npart_end\nend\nwhole");
}

TEST(MultipartParser, PreambleEpilogueAndPaddingAreSkipped) {
    EXPECT_EQ(parse_every_way("pre\r\namble\r\n--b \t\r\nContent-Disposition: form-data; "
                              "name=a\r\n\r\n1\r\n--b-- \t\r\nepi\r\n--b\r\nlogue"),
              "part a fields 1\ndata 1\npart_end\nend\nwhole");
}

// All rows of up to four pieces that look like the boundary's beginning, as data.
TEST(MultipartParser, LookAlikesAreData) {
    const std::vector<std::string> pieces = {"\r",     "\n",    "\r\n", "-",       "--",
                                             "\r\n--", "\r\n-", "--bo", "\r\n--b", "x"};
    const std::string head = "--bo2\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    std::vector<std::size_t> chosen;
    const auto check = [&] {
        std::string data;
        for (const std::size_t piece : chosen)
            data += pieces[piece];
        if (data.find("--bo2") != std::string::npos) return;
        const std::string expected = "part a fields 1\n" +
                                     (data.empty() ? "" : "data " + data + "\n") +
                                     "part_end\nend\nwhole";
        const std::string body = head + data + "\r\n--bo2--\r\n";
        ASSERT_EQ(parse(body, "bo2"), expected) << testing::PrintToString(data);
        ASSERT_EQ(parse_in_pieces(body, 1, "bo2"), expected) << testing::PrintToString(data);
        ASSERT_EQ(parse_in_pieces(body, 3, "bo2"), expected) << testing::PrintToString(data);
    };
    const auto choose = [&](const auto& self, std::size_t left) -> void {
        check();
        if (left == 0 || testing::Test::HasFatalFailure()) return;
        for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
            chosen.push_back(piece);
            self(self, left - 1);
            chosen.pop_back();
        }
    };
    choose(choose, 4);
}

TEST(MultipartParser, LookAlikesAtEverySplit) {
    for (const std::string data :
         {"\r", "\r\r", "\r\n", "\r\n\r\n", "--", "\r\n-", "\r\n--", "\r\n--\r\n--", "--b", "a--b",
          "\n--b\n", "\r\n--\rb", "\r\r\n--", "\r\n--B", "b\r\n--", "-\r\n--a"}) {
        const std::string body =
            "--bo\r\nContent-Disposition: form-data; name=a\r\n\r\n" + data + "\r\n--bo--\r\n";
        EXPECT_EQ(parse_every_way(body, "bo"),
                  "part a fields 1\ndata " + data + "\npart_end\nend\nwhole");
    }
}

TEST(MultipartParser, DataOfABodyInOnePieceIsOnePiece) {
    MultipartDriver driver{"b"};
    driver.feed(field("a", "x\r\n--\r\ny\r\r\n-") + field("c", "\r\n--z") + "--b--");
    EXPECT_EQ(driver.data_events, 2U);
}

// RFC 2046 5.1.1: a line that begins with the boundary is one, whatever follows.
TEST(MultipartParser, BoundaryThatGoesOnIsRefused) {
    for (const std::string line : {"--bX\r\n", "--b-\r\n", "--b\n", "--b\r\r\n", "--b -\r\n",
                                   "--b x\r\n", "--b-- x", "--b--x", "--b--\n", "--b--\rx"}) {
        const std::string error = error_of(field("a", "1") + line);
        EXPECT_TRUE(error == text(MultipartError::bad_boundary_line) ||
                    error == text(MultipartError::bad_close))
            << line << error;
    }
}

TEST(MultipartParser, EveryTruncationIsTold) {
    const std::string body = field("a", "1") + field("c", "2") + "--b--";
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_EQ(error_of(body.substr(0, size)), text(MultipartError::truncated)) << size;
    EXPECT_EQ(error_of(body), "none");
}

TEST(MultipartParser, HeadsThatAreRefused) {
    const std::string good = "Content-Disposition: form-data; name=a\r\n";
    const struct {
        std::string head;
        MultipartError error;
    } vectors[] = {
        {"", MultipartError::missing_disposition},
        {"Content-Type: text/plain\r\n", MultipartError::missing_disposition},
        {good + good, MultipartError::bad_disposition},
        {"Content-Disposition: attachment; name=a\r\n", MultipartError::bad_disposition},
        {"Content-Disposition: form-data; name=\"a\r\n", MultipartError::bad_disposition},
        {"Content-Disposition: form-data; name=a; name=b\r\n", MultipartError::bad_disposition},
        {"Content-Disposition: form-data name=a\r\n", MultipartError::bad_disposition},
        {"Content-Disposition: form-data\r\n", MultipartError::missing_name},
        {"Content-Disposition: form-data; filename=a\r\n", MultipartError::missing_name},
        {"Content-Disposition: form-data; name=a; filename*=utf-8''x\r\n",
         MultipartError::extended_parameter},
        {"Content-Disposition: form-data; name*0=a\r\n", MultipartError::extended_parameter},
        {good + "Content-Type: a/b\r\nContent-Type: a/b\r\n",
         MultipartError::repeated_content_type},
        {good + "Content-Transfer-Encoding: base64\r\n", MultipartError::transfer_encoding},
        {good + " folded\r\n", MultipartError::bad_part_header},
        {good + "Name : x\r\n", MultipartError::bad_part_header},
        {good + "Nocolon\r\n", MultipartError::bad_part_header},
        {good + "A: \x01\r\n", MultipartError::bad_part_header},
        {good + "A: b\n", MultipartError::bad_line_end},
        {good + "A: b\rc\r\n", MultipartError::bad_line_end},
        {good + "\n", MultipartError::bad_line_end},
    };
    for (const auto& [head, error] : vectors)
        EXPECT_EQ(error_of(with_head(head)), text(error)) << head;
    EXPECT_EQ(error_of(with_head(good + "Content-Transfer-Encoding: Binary\r\n")), "none");
    EXPECT_EQ(error_of(with_head("Content-Disposition: form-data; name=a; filename=b; "
                                 "filename*=utf-8''x\r\n")),
              "none");
}

TEST(MultipartParser, NamesAsBrowsersAndCurlWriteThem) {
    const auto name_of = [](std::string_view written) {
        MultipartDriver driver{"b"};
        driver.feed(with_head(
            "Content-Disposition: form-data; name=a; filename=" + std::string{written} + "\r\n"));
        return driver.head.filename.value_or("none");
    };
    EXPECT_EQ(name_of("plain.txt"), "plain.txt");
    EXPECT_EQ(name_of("\"\""), "");
    EXPECT_EQ(name_of("\"a%22b%0D%0ac%41%\""), "a\"b\r\nc%41%");
    EXPECT_EQ(name_of("\"a\\\"b\\\\c\""), "a\"b\\c");
    EXPECT_EQ(name_of("\"C:\\dir\\f\""), "C:\\dir\\f");
    EXPECT_EQ(name_of("\"\xc3\xa4; x=y\""), "\xc3\xa4; x=y");
    EXPECT_EQ(name_of("\"../../etc/passwd\""), "../../etc/passwd");
}

TEST(MultipartParser, LimitOfParts) {
    const MultipartLimits limits{.max_parts = 2};
    const std::string two = field("a", "1") + field("a", "2");
    EXPECT_EQ(error_of(two + "--b--", limits), "none");
    EXPECT_EQ(error_of(two + field("a", "3") + "--b--", limits),
              text(MultipartError::too_many_parts));
}

TEST(MultipartParser, LimitOfAPartsHead) {
    const std::string head = "Content-Disposition: form-data; name=a\r\nX: 12345\r\n";
    const std::size_t size = head.size() + 2;
    EXPECT_EQ(error_of(with_head(head), {.max_part_head = size + 1}), "none");
    EXPECT_EQ(error_of(with_head(head), {.max_part_head = size}), "none");
    for (std::size_t limit = 1; limit < size; ++limit)
        EXPECT_EQ(error_of(with_head(head), {.max_part_head = limit}),
                  text(MultipartError::part_head_too_large));
}

TEST(MultipartParser, LimitsOfPreambleAndEpilogue) {
    const MultipartLimits limits{.max_preamble = 4, .max_epilogue = 4};
    EXPECT_EQ(error_of("1234\r\n--b--\r\n1234", limits), "none");
    EXPECT_EQ(error_of("12345\r\n--b--", limits), text(MultipartError::preamble_too_large));
    EXPECT_EQ(error_of("--b--\r\n12345", limits), text(MultipartError::epilogue_too_large));
    EXPECT_EQ(error_of("--b" + std::string(70, ' ') + "\r\n\r\n"),
              text(MultipartError::missing_disposition));
    EXPECT_EQ(error_of("--b" + std::string(71, ' ') + "\r\n\r\n"),
              text(MultipartError::bad_boundary_line));
}

TEST(MultipartParser, BoundariesThatAreAllowed) {
    EXPECT_TRUE(is_boundary("a"));
    EXPECT_TRUE(is_boundary("AZaz09'()+_,-./:=? x"));
    EXPECT_TRUE(is_boundary(std::string(70, 'x')));
    for (const std::string& boundary : {""s, std::string(71, 'x'), "a "s, " "s, "a\r"s, "a\""s,
                                        "a\\"s, "a;"s, "a@"s, "\xc3\xa4"s, "a\0"s})
        EXPECT_FALSE(is_boundary(boundary)) << boundary;
}

// A hundred thousand beginnings of a boundary: quadratic work would take minutes.
TEST(MultipartParser, WorkIsLinear) {
    std::string data;
    const std::string almost = "\r\n--" + std::string(69, 'x');
    for (int i = 0; i < 100'000; ++i)
        data += almost;
    MultipartDriver driver{std::string(70, 'x')};
    driver.feed("--" + std::string(70, 'x') + "\r\nContent-Disposition: form-data; name=a\r\n\r\n");
    for (std::size_t at = 0; at < data.size(); at += 37)
        driver.feed(std::string_view{data}.substr(at, 37));
    driver.feed("\r\n--" + std::string(70, 'x') + "--");
    EXPECT_EQ(driver.finish().size(), data.size() + 40);
}

}  // namespace
}  // namespace gyre::http::detail::test
