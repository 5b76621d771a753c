#include "json_body.hpp"
#include "server_fixture.hpp"
#include <gyre/http/json.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace gyre::http::test {
namespace {

using detail::is_json_type;
using detail::parse_json;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

TEST(JSONType, IsApplicationJsonOrASuffix) {
    for (const std::string_view type :
         {"application/json", "Application/JSON", "application/json; charset=utf-8",
          "application/json ;x", "application/problem+json", "application/vnd.api+json;v=1",
          "model/gltf+json"})
        EXPECT_TRUE(is_json_type(type)) << type;
    for (const std::string_view type :
         {"", "application/jsonp", "text/json", "text/plain", "application/x-www-form-urlencoded",
          "+json", "json", "application/json, text/plain", "application/json-seq",
          "text/plain; a=application/json", "text/plain;+json"})
        EXPECT_FALSE(is_json_type(type)) << type;
}

std::string refusal(std::string_view text) {
    boost::json::value out = "before";
    std::string reason = parse_json(text, out);
    if (!reason.empty()) EXPECT_EQ(out, "before");
    return reason;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJSON, TakesOneValue) {
    boost::json::value out;
    EXPECT_EQ(parse_json(" {\"a\": [1, 2.5, null, true, \"\\u00e9\"]}\r\n\t ", out), "");
    EXPECT_EQ(boost::json::serialize(out), "{\"a\":[1,2.5E0,null,true,\"\xc3\xa9\"]}");
    EXPECT_EQ(parse_json("7", out), "");
    EXPECT_EQ(out, 7);
}

TEST(ParseJSON, TellsWhatIsWrongAndWhere) {
    EXPECT_EQ(refusal(""), "there is no value");
    EXPECT_EQ(refusal(" \r\n"), "there is no value");
    EXPECT_EQ(refusal("\xef\xbb\xbf{}"), "a byte order mark at byte 0");
    EXPECT_EQ(refusal("{} x"), "something follows the value at byte 3");
    EXPECT_EQ(refusal("{}{}"), "something follows the value at byte 2");
    EXPECT_EQ(refusal("1 2"), "something follows the value at byte 2");
    EXPECT_NE(refusal("{\"a\": x}").find("at byte 6"), std::string::npos);
    for (const std::string_view text :
         {"{", "[1", "\"a", "nul", "{\"a\"}", "[1,]", "{'a':1}", "// x\n1", "NaN", "01", "+1", "1.",
          "\"\x01\"", "\"\\x\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\xff\xfe{}", "[1}", "-"})
        EXPECT_NE(refusal(text), "") << text;
    EXPECT_NE(refusal(std::string_view{"{}\0", 3}), "");
}

TEST(ParseJSON, NestsAtMost32Deep) {
    EXPECT_EQ(refusal(nested(31)), "");
    EXPECT_EQ(refusal(nested(32)), "");
    EXPECT_NE(refusal(nested(33)).find("more than 32 deep"), std::string::npos);
    EXPECT_NE(refusal(std::string(1'000'000, '[')).find("more than 32 deep"), std::string::npos);
}

class JSON : public ServerTest {
protected:
    void SetUp() override {
        serve().post("/", [this](const Request& request, const Response& response) {
            handle(request, response);
        });
        listen();
    }
    std::string ask(std::string_view body, std::string_view fields) {
        RawClient client = connect();
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n" + std::string{fields} + "\r\n" + std::string{body});
        client.until("\r\n\r\n");
        return client.settled();
    }

    std::function<void(const Request&, const Response&)> handle;
};

TEST_F(JSON, GoesInAndOut) {
    handle = [](const Request& request, const Response& response) {
        boost::json::value value;
        const Error error = read_json(request, value);
        EXPECT_FALSE(error) << error;
        finish_json(response, {{"got", value}});
    };
    const std::string reply = ask("{\"a\": 1}", "Content-Type: application/json\r\n");
    EXPECT_NE(reply.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(body_of(reply), "{\"got\":{\"a\":1}}");
}

TEST_F(JSON, WhatIsNotJSONIsRefused) {
    Error error;
    handle = [&](const Request& request, const Response& response) {
        boost::json::value value;
        error = read_json(request, value);
        EXPECT_EQ(error, Errc::invalid_argument);
        EXPECT_TRUE(value.is_null());
        response.send_error(400);
    };
    EXPECT_EQ(status_of(ask("{}", "")), 400);
    ask("{}", "Content-Type: text/plain\r\n");
    EXPECT_NE(error.message().find("Content-Type"), std::string::npos);
    ask("{}", "Content-Type: application/json\r\nContent-Type: application/json\r\n");
    EXPECT_NE(error.message().find("Content-Type"), std::string::npos);
    ask("{\"a\" 1}", "Content-Type: application/json\r\n");
    EXPECT_NE(error.message().find("at byte 5"), std::string::npos) << error;
    ask("", "Content-Type: application/json\r\n");
    EXPECT_NE(error.message().find("no value"), std::string::npos) << error;
    boost::json::value value;
    EXPECT_EQ(read_json(Request{}, value), Errc::invalid_argument);
}

TEST_F(JSON, BehindTheHeadItIsTheRestOfTheBody) {
    handle = [](const Request&, const Response& response) {
        response.write("[1,");
        response.flush();
        finish_json(response, 2);
        finish_json(response, 3);
    };
    const std::string reply = ask("", "");
    EXPECT_NE(reply.find("1\r\n2\r\n0\r\n\r\n"), std::string::npos);
    finish_json(Response{}, 1);
}

}  // namespace
}  // namespace gyre::http::test
