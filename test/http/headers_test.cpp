#include "gyre/http/headers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace gyre::http {
namespace {

using Names = std::vector<std::string_view>;

std::string text_of(const HTTPHeaders& headers) {
    std::ostringstream out;
    out << headers;
    return out.str();
}

TEST(HeadersTest, EmptyHeadersHaveNothing) {
    const HTTPHeaders headers;
    EXPECT_TRUE(headers.empty());
    EXPECT_EQ(headers.size(), 0U);
    EXPECT_EQ(headers.get("Host"), std::nullopt);
    EXPECT_EQ(headers.get("Host", "none"), "none");
    EXPECT_TRUE(headers.get_list("Host").empty());
    EXPECT_EQ(headers.get_joined("Host"), "");
    EXPECT_EQ(headers.begin(), headers.end());
}

TEST(HeadersTest, NamesIgnoreCaseAndKeepTheirSpelling) {
    const HTTPHeaders headers{{"Content-TYPE", "text/plain"}};
    EXPECT_EQ(headers.get("content-type"), "text/plain");
    EXPECT_TRUE(headers.contains("CONTENT-type"));
    EXPECT_FALSE(headers.contains("Content-Typ"));
    EXPECT_FALSE(headers.contains("Content-Type2"));
    EXPECT_EQ(headers.begin()->name, "Content-TYPE");
}

TEST(HeadersTest, OnlyAsciiLettersFoldCase) {
    const HTTPHeaders headers{{"X[", "1"}, {"\xc4", "2"}};
    EXPECT_FALSE(headers.contains("X{"));
    EXPECT_FALSE(headers.contains("\xe4"));
}

TEST(HeadersTest, AddKeepsFieldsOfTheSameNameInOrder) {
    HTTPHeaders headers;
    headers.add("Via", "a");
    headers.add("Host", "h");
    headers.add("VIA", "b, c");
    EXPECT_EQ(headers.get("via"), "a");
    EXPECT_EQ(headers.get_list("via"), (Names{"a", "b, c"}));
    EXPECT_EQ(headers.get_joined("via"), "a, b, c");
    EXPECT_EQ(headers.size(), 3U);
    EXPECT_EQ(text_of(headers), "Via: a\nHost: h\nVIA: b, c\n");
}

TEST(HeadersTest, GetJoinedKeepsEmptyValues) {
    const HTTPHeaders headers{{"A", ""}, {"A", "x"}, {"A", ""}};
    EXPECT_EQ(headers.get_joined("a"), ", x, ");
    EXPECT_EQ(headers.get("a"), "");
}

TEST(HeadersTest, SetReplacesAllAndTakesThePlaceOfTheFirst) {
    HTTPHeaders headers{{"A", "1"}, {"B", "2"}, {"C", "3"}, {"b", "4"}};
    headers.set("b", "new");
    EXPECT_EQ(text_of(headers), "A: 1\nb: new\nC: 3\n");
    headers.set("D", "5");
    EXPECT_EQ(text_of(headers), "A: 1\nb: new\nC: 3\nD: 5\n");
}

TEST(HeadersTest, EraseTellsHowManyWent) {
    HTTPHeaders headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    EXPECT_EQ(headers.erase("a"), 2U);
    EXPECT_EQ(headers.erase("a"), 0U);
    EXPECT_EQ(text_of(headers), "B: 2\n");
    headers.clear();
    EXPECT_TRUE(headers.empty());
    headers.add("C", "1");
    EXPECT_EQ(text_of(headers), "C: 1\n");
}

TEST(HeadersTest, EraseByAViewOfItsOwnName) {
    HTTPHeaders headers{{"A", "1"}, {"B", "2"}, {"A", "3"}};
    EXPECT_EQ(headers.erase(headers.begin()->name), 2U);
    EXPECT_EQ(text_of(headers), "B: 2\n");
}

TEST(HeadersTest, ViewsIntoItselfMayBeAddedAndSet) {
    HTTPHeaders headers{{"A", "value"}};
    for (int i = 0; i < 200; ++i)
        headers.add(headers.begin()->name, headers.get("A", ""));
    EXPECT_EQ(headers.get_list("a"), Names(201, "value"));
    headers.set(headers.begin()->name, headers.get("A", ""));
    EXPECT_EQ(text_of(headers), "A: value\n");
}

TEST(HeadersTest, SettingOverAndOverDoesNotGrowWithoutBound) {
    HTTPHeaders headers{{"Other", "kept"}};
    for (int i = 0; i < 10000; ++i)
        headers.set("Counter", std::to_string(i));
    EXPECT_EQ(text_of(headers), "Other: kept\nCounter: 9999\n");
}

TEST(HeadersTest, CopiesAreIndependent) {
    HTTPHeaders original{{"A", "1"}};
    HTTPHeaders copy(original);
    copy.add("B", "2");
    original.set("A", "changed");
    EXPECT_EQ(text_of(copy), "A: 1\nB: 2\n");
    original = copy;
    EXPECT_EQ(original, copy);
    const HTTPHeaders& self = original;
    original = self;
    EXPECT_EQ(original, copy);
}

TEST(HeadersTest, MovedFromIsEmptyAndUsable) {
    HTTPHeaders from{{"A", "1"}};
    HTTPHeaders to(std::move(from));
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
    from.clear();
    from.add("B", "2");
    EXPECT_EQ(text_of(to), "A: 1\n");
    to = std::move(from);
    EXPECT_EQ(text_of(to), "B: 2\n");
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(HeadersTest, EqualityIgnoresTheOrderOfDifferentNames) {
    const HTTPHeaders headers{{"A", "1"}, {"B", "2"}, {"A", "3"}};
    EXPECT_EQ(headers, (HTTPHeaders{{"b", "2"}, {"a", "1"}, {"a", "3"}}));
    EXPECT_NE(headers, (HTTPHeaders{{"A", "3"}, {"B", "2"}, {"A", "1"}}));
    EXPECT_NE(headers, (HTTPHeaders{{"A", "1"}, {"B", "2"}}));
    EXPECT_NE(headers, (HTTPHeaders{{"A", "1"}, {"B", "2"}, {"C", "3"}}));
    EXPECT_NE((HTTPHeaders{{"A", "x"}}), (HTTPHeaders{{"A", "X"}}));
    EXPECT_EQ(HTTPHeaders{}, HTTPHeaders{});
}

TEST(HeadersTest, PrintingEscapesControlBytes) {
    HTTPHeaders headers;
    headers.add("A", std::string_view{"x\r\nB: y\0\t\x7f", 10});
    EXPECT_EQ(text_of(headers), "A: x\\x0d\\x0aB: y\\x00\t\\x7f\n");
}

TEST(HeadersTest, EmptyNamesAndValuesAreStored) {
    HTTPHeaders headers;
    headers.add({}, {});
    headers.add("", "v");
    EXPECT_EQ(headers.get_list(""), (Names{"", "v"}));
}

TEST(HeadersViewTest, AnswersTheSameQuestionsWithoutACopy) {
    const std::array<HTTPField, 3> fields{{{"Via", "a"}, {"Host", "h"}, {"via", "b"}}};
    const HTTPHeadersView view{fields};
    EXPECT_EQ(view.size(), 3U);
    EXPECT_EQ(view.get("HOST"), "h");
    EXPECT_EQ(view.get("HOST", "").data(), fields[1].value.data());
    EXPECT_EQ(view.get("Nope", "d"), "d");
    EXPECT_EQ(view.get_list("VIA"), (Names{"a", "b"}));
    EXPECT_EQ(view.get_joined("Via"), "a, b");
    EXPECT_TRUE(HTTPHeadersView{}.empty());
}

TEST(HeadersViewTest, CopyIntoHeadersOutlivesTheText) {
    HTTPHeaders headers;
    {
        std::string value = "a value that is too long for a small string";
        const std::array<HTTPField, 1> fields{{{"Name", value}}};
        headers = HTTPHeaders{HTTPHeadersView{fields}};
        value.assign(value.size(), 'x');
    }
    EXPECT_EQ(headers.get("name"), "a value that is too long for a small string");
}

TEST(HeadersViewTest, HeadersConvertToAViewAndCompareWithOne) {
    const HTTPHeaders headers{{"A", "1"}};
    const auto count = [](HTTPHeadersView view) { return view.size(); };
    EXPECT_EQ(count(headers), 1U);
    const std::array<HTTPField, 1> fields{{{"a", "1"}}};
    EXPECT_TRUE(headers == HTTPHeadersView{fields});
}

}  // namespace
}  // namespace gyre::http
