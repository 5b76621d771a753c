#include "http1_serializer.hpp"

#include "gyre/http/headers.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace gyre::http::detail {
namespace {

using Error = SerializeError;
constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

/// What was appended, or the error. Checks on the way that an error appends nothing.
template <class Append>
std::string result_of(Append append) {
    std::string out = "before|";
    const Error error = append(out);
    if (error == Error::none) return out.substr(7);
    EXPECT_EQ(out, "before|");
    return "error: " + std::string(to_string(error));
}

std::string failed(Error error) { return "error: " + std::string(to_string(error)); }

std::string request(const RequestHead& head) {
    return result_of([&](std::string& out) { return append_request_head(out, head); });
}

std::string response(const ResponseHead& head) {
    return result_of([&](std::string& out) { return append_response_head(out, head); });
}

std::string response_with(const HTTPHeaders& fields, Framing framing, int status = 200) {
    return response({.status = status,
                     .reason = {},
                     .date = {},
                     .fields = fields.fields(),
                     .framing = framing});
}

std::string request_with(const HTTPHeaders& fields, Framing framing = {}) {
    return request({.method = "POST",
                    .target = "/",
                    .host = "h",
                    .fields = fields.fields(),
                    .framing = framing});
}

std::string last_chunk(const HTTPHeaders& trailers) {
    return result_of([&](std::string& out) { return append_last_chunk(out, trailers.fields()); });
}

TEST(Http1SerializerTest, RequestWithoutBody) {
    const HTTPHeaders fields{{"Accept", "*/*"}, {"X-Empty", ""}};
    EXPECT_EQ(request({.method = "GET",
                       .target = "/a?b=c",
                       .host = "example.com:81",
                       .fields = fields.fields(),
                       .framing = {}}),
              "GET /a?b=c HTTP/1.1\r\nHost: example.com:81\r\nAccept: */*\r\nX-Empty: \r\n\r\n");
}

TEST(Http1SerializerTest, RequestBodies) {
    EXPECT_EQ(request_with({}, Framing::of_length(0)),
              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(request_with({}, Framing::chunked()),
              "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(Http1SerializerTest, LargestLength) {
    EXPECT_EQ(response_with({}, Framing::of_length(std::numeric_limits<std::uint64_t>::max())),
              "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n");
}

TEST(Http1SerializerTest, HostAmongTheFieldsGoesFirst) {
    EXPECT_EQ(request_with({{"hOST", "other"}}), "POST / HTTP/1.1\r\nhOST: other\r\n\r\n");
    EXPECT_EQ(request_with({{"Host", "a"}, {"Host", "a"}}), failed(Error::bad_host));
    EXPECT_EQ(request_with({{"Host", ""}}), failed(Error::bad_host));
    EXPECT_EQ(request_with({{"Host", "a, b"}}), failed(Error::bad_host));
    EXPECT_EQ(request_with({{"Host", "u@h"}}), failed(Error::bad_host));
    EXPECT_EQ(response_with({{"Host", "a, b"}}, {}), "HTTP/1.1 200 OK\r\nHost: a, b\r\n\r\n");
}

TEST(Http1SerializerTest, ResponseWithDateAndLength) {
    const HTTPHeaders fields{{"Content-Type", "text/plain"}};
    EXPECT_EQ(response({.status = 200,
                        .reason = {},
                        .date = date,
                        .fields = fields.fields(),
                        .framing = Framing::of_length(13)}),
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\n"
              "Content-Type: text/plain\r\n\r\n");
}

TEST(Http1SerializerTest, DateAmongTheFieldsGoesFirst) {
    const HTTPHeaders fields{{"date", "mine"}};
    EXPECT_EQ(
        response(
            {.status = 200, .reason = {}, .date = date, .fields = fields.fields(), .framing = {}}),
        "HTTP/1.1 200 OK\r\ndate: mine\r\n\r\n");
}

TEST(Http1SerializerTest, StatusLines) {
    EXPECT_EQ(response_with({}, {}, 404), "HTTP/1.1 404 Not Found\r\n\r\n");
    EXPECT_EQ(response_with({}, {}, 428), "HTTP/1.1 428 Precondition Required\r\n\r\n");
    EXPECT_EQ(response_with({}, {}, 299), "HTTP/1.1 299 \r\n\r\n");
    EXPECT_EQ(response_with({}, {}, 100), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(response_with({}, {}, 599), "HTTP/1.1 599 \r\n\r\n");
    EXPECT_EQ(
        response({.status = 200, .reason = "Fine \xe9", .date = {}, .fields = {}, .framing = {}}),
        "HTTP/1.1 200 Fine \xe9\r\n\r\n");
    for (const int status : {-1, 0, 99, 600, 1000})
        EXPECT_EQ(response_with({}, {}, status), failed(Error::bad_status)) << status;
}

TEST(Http1SerializerTest, EveryPreparedStatusLineIsTheOneThatWouldBeBuilt) {
    for (int status = 100; status < 600; ++status) {
        const std::string line = response_with({}, {}, status);
        const std::string reason = line.substr(13, line.size() - 13 - 4);
        EXPECT_EQ(
            response({.status = status, .reason = reason, .date = {}, .fields = {}, .framing = {}}),
            line);
    }
}

TEST(Http1SerializerTest, FieldsThatSayWhatTheFramingSaysAreWrittenOnce) {
    EXPECT_EQ(response_with({{"content-length", "5"}, {"A", "b"}}, Framing::of_length(5)),
              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\n");
    EXPECT_EQ(response_with({{"Transfer-Encoding", "Chunked"}}, Framing::chunked()),
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(Http1SerializerTest, FieldsThatContradictTheFramingAreRefused) {
    const auto conflict = failed(Error::framing_conflict);
    for (const char* length : {"6", "05", "+5", "5, 5", "", "0x5", "5 ", "-1", "chunked"})
        EXPECT_EQ(response_with({{"Content-Length", length}}, Framing::of_length(5)), conflict)
            << length;
    for (const char* coding :
         {"gzip, chunked", "identity", "chunked, chunked", "", "xchunked", "chunked "})
        EXPECT_EQ(response_with({{"Transfer-Encoding", coding}}, Framing::chunked()), conflict)
            << coding;
    EXPECT_EQ(response_with({{"Content-Length", "5"}}, Framing::chunked()), conflict);
    EXPECT_EQ(response_with({{"Transfer-Encoding", "chunked"}}, Framing::of_length(5)), conflict);
    EXPECT_EQ(response_with({{"Content-Length", "0"}}, Framing::none()), conflict);
    EXPECT_EQ(response_with({{"Transfer-Encoding", "chunked"}}, Framing::none()), conflict);
    EXPECT_EQ(
        response_with({{"Content-Length", "5"}, {"Content-Length", "6"}}, Framing::of_length(5)),
        conflict);
    EXPECT_EQ(request_with({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}},
                           Framing::of_length(5)),
              conflict);
}

TEST(Http1SerializerTest, StatusesThatHaveNoBodyHaveNoFraming) {
    for (const int status : {100, 101, 199, 204}) {
        EXPECT_EQ(response_with({}, Framing::of_length(0), status), failed(Error::framing_conflict))
            << status;
        EXPECT_EQ(response_with({}, Framing::chunked(), status), failed(Error::framing_conflict))
            << status;
    }
    EXPECT_EQ(response_with({}, Framing::of_length(7), 304),
              "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
}

TEST(Http1SerializerTest, Chunks) {
    std::string out;
    append_chunk(out, "hello");
    append_chunk(out, "");
    append_chunk(out, std::string(26, 'x'));
    append_chunk_header(out, 0);
    append_chunk_header(out, 0xabcdef);
    EXPECT_EQ(out, "5\r\nhello\r\n1a\r\nxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nabcdef\r\n");
}

TEST(Http1SerializerTest, LastChunk) {
    EXPECT_EQ(last_chunk({}), "0\r\n\r\n");
    EXPECT_EQ(last_chunk({{"Digest", "x"}, {"Digest", "y"}}),
              "0\r\nDigest: x\r\nDigest: y\r\n\r\n");
}

TEST(Http1SerializerTest, TrailersThatSteerTheMessageAreRefused) {
    for (const char* name :
         {"Content-Length", "transfer-encoding", "HOST", "Authorization", "Set-Cookie", "Cookie",
          "Content-Type", "Content-Encoding", "Trailer", "Connection", "TE", "Location"})
        EXPECT_EQ(last_chunk({{"Ok", "1"}, {name, "x"}}), failed(Error::bad_trailer)) << name;
}

TEST(Http1SerializerTest, AppendsBehindWhatIsThere) {
    std::string out = "earlier";
    EXPECT_EQ(append_response_head(out, {}), Error::none);
    EXPECT_EQ(append_last_chunk(out), Error::none);
    EXPECT_EQ(out, "earlierHTTP/1.1 200 OK\r\n\r\n0\r\n\r\n");
}

/// Puts each control byte at the start, in the middle and at the end of a valid text.
void with_control_bytes(std::string_view valid,
                        const std::function<void(const std::string&, int)>& check) {
    for (int byte = 0; byte < 128; ++byte) {
        if (byte >= 32 && byte != 127) continue;
        for (const std::size_t at : {std::size_t{0}, valid.size() / 2, valid.size()}) {
            std::string text(valid);
            text.insert(at, 1, static_cast<char>(byte));
            check(text, byte);
        }
    }
}

TEST(Http1SerializerInjectionTest, RequestLine) {
    with_control_bytes("GET", [](const std::string& text, int byte) {
        EXPECT_EQ(
            request({.method = text, .target = "/", .host = "h", .fields = {}, .framing = {}}),
            failed(Error::bad_method))
            << byte;
    });
    with_control_bytes("/path", [](const std::string& text, int byte) {
        EXPECT_EQ(
            request({.method = "GET", .target = text, .host = "h", .fields = {}, .framing = {}}),
            failed(Error::bad_target))
            << byte;
    });
    with_control_bytes("example.com", [](const std::string& text, int byte) {
        EXPECT_EQ(
            request({.method = "GET", .target = "/", .host = text, .fields = {}, .framing = {}}),
            failed(Error::bad_host))
            << byte;
    });
    EXPECT_EQ(request({.method = "", .target = "/", .host = "h", .fields = {}, .framing = {}}),
              failed(Error::bad_method));
    EXPECT_EQ(request({.method = "G T", .target = "/", .host = "h", .fields = {}, .framing = {}}),
              failed(Error::bad_method));
    EXPECT_EQ(request({.method = "GET", .target = "", .host = "h", .fields = {}, .framing = {}}),
              failed(Error::bad_target));
    EXPECT_EQ(request({.method = "GET", .target = "/ x", .host = "h", .fields = {}, .framing = {}}),
              failed(Error::bad_target));
    EXPECT_EQ(request({.method = "GET", .target = "/#f", .host = "h", .fields = {}, .framing = {}}),
              failed(Error::bad_target));
    EXPECT_EQ(
        request({.method = "GET", .target = "/\xc3\xa9", .host = "h", .fields = {}, .framing = {}}),
        failed(Error::bad_target));
    EXPECT_EQ(request({.method = "GET", .target = "/", .host = "", .fields = {}, .framing = {}}),
              failed(Error::bad_host));
}

TEST(Http1SerializerInjectionTest, StatusLine) {
    with_control_bytes("All good", [](const std::string& text, int byte) {
        const std::string result =
            response({.status = 200, .reason = text, .date = {}, .fields = {}, .framing = {}});
        EXPECT_EQ(result,
                  byte == '\t' ? "HTTP/1.1 200 " + text + "\r\n\r\n" : failed(Error::bad_reason))
            << byte;
    });
    with_control_bytes(date, [](const std::string& text, int byte) {
        if (byte == '\t') return;
        EXPECT_EQ(
            response({.status = 200, .reason = {}, .date = text, .fields = {}, .framing = {}}),
            failed(Error::bad_date))
            << byte;
    });
}

TEST(Http1SerializerInjectionTest, FieldNames) {
    with_control_bytes("X-Name", [](const std::string& text, int byte) {
        const HTTPHeaders fields{{"Fine", "1"}, {text, "v"}};
        EXPECT_EQ(request_with(fields), failed(Error::bad_field_name)) << byte;
        EXPECT_EQ(response_with(fields, {}), failed(Error::bad_field_name)) << byte;
        EXPECT_EQ(last_chunk(fields), failed(Error::bad_field_name)) << byte;
    });
    for (const char* name : {"", " X", "X ", "X:", ":X", "X\xe9", "Content-Length "})
        EXPECT_EQ(response_with({{name, "v"}}, Framing::of_length(1)),
                  failed(Error::bad_field_name))
            << name;
}

TEST(Http1SerializerInjectionTest, FieldValuesByAddAndSet) {
    with_control_bytes("some value", [](const std::string& text, int byte) {
        if (byte == '\t') return;
        HTTPHeaders added{{"Fine", "1"}};
        added.add("X", text);
        HTTPHeaders set{{"Fine", "1"}, {"X", "1"}};
        set.set("x", text);
        for (const HTTPHeaders& fields : {added, set, HTTPHeaders{{"X", text}}}) {
            EXPECT_EQ(request_with(fields), failed(Error::bad_field_value)) << byte;
            EXPECT_EQ(response_with(fields, {}), failed(Error::bad_field_value)) << byte;
            EXPECT_EQ(last_chunk(fields), failed(Error::bad_field_value)) << byte;
        }
    });
}

TEST(Http1SerializerInjectionTest, TabsAndObsTextAreValues) {
    EXPECT_EQ(response_with({{"X", "a\tb \xff\x80"}}, {}),
              "HTTP/1.1 200 OK\r\nX: a\tb \xff\x80\r\n\r\n");
}

}  // namespace
}  // namespace gyre::http::detail
