#pragma once

#include <gyre/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::test {

/// What a server does with the connection behind its last byte.
enum class Behind { silence, close, reset };

/// A reply that no client should trust, and what a fetch of it has to come to.
struct HostileReply {
    std::string bytes;
    Errc kind = Errc::protocol_error;
    std::string_view phase = "receive";
    Behind behind = Behind::silence;
    std::string_view method = "GET";
    std::string body{};  ///< Of the response, when there is one.
};

inline std::string repeated(std::string_view text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

inline std::string with_fields(std::string_view fields, std::string_view rest = "x") {
    return "HTTP/1.1 200 OK\r\n" + std::string{fields} + "\r\n" + std::string{rest};
}

inline std::string chunked(std::string_view body) {
    return with_fields("Transfer-Encoding: chunked\r\n", body);
}

/// Not HTTP, or a status line that is none. RFC 9112 section 4
inline std::vector<HostileReply> bad_status_lines() {
    std::vector<HostileReply> all;
    for (const std::string_view line : {"220 mail.test ESMTP ready",
                                        "* OK IMAP4rev1 ready",
                                        "<html>hello</html>",
                                        "ICY 200 OK",
                                        "HTTP/2.0 200 OK",
                                        "HTTP/1.2 200 OK",
                                        "HTTP/0.9 200 OK",
                                        "HTTP/1.10 200 OK",
                                        "HTTP/11 200 OK",
                                        "http/1.1 200 OK",
                                        " HTTP/1.1 200 OK",
                                        "HTTP/1.1  200 OK",
                                        "HTTP/1.1\t200 OK",
                                        "HTTP/1.1 000 OK",
                                        "HTTP/1.1 099 OK",
                                        "HTTP/1.1 99 OK",
                                        "HTTP/1.1 1000 OK",
                                        "HTTP/1.1 abc OK",
                                        "HTTP/1.1 -20 OK",
                                        "HTTP/1.1 +20 OK",
                                        "HTTP/1.1 2 0 OK",
                                        "HTTP/1.1 0x2 OK",
                                        "HTTP/1.1 ",
                                        "HTTP/1.1",
                                        "",
                                        "HTTP/1.1 101 Switching Protocols"})
        all.push_back({std::string{line} + "\r\n\r\n"});
    for (const char byte : {'\0', '\x01', '\x1b', '\x7f', '\r'})
        all.push_back({std::string{"HTTP/1.1 200 O"} + byte + "K\r\n\r\n"});
    // The beginning of a TLS record: a server that speaks TLS where none is expected.
    all.push_back({std::string{"\x16\x03\x03\x00\x31\x02\x00\x00\x2d\x03\x03", 11}});
    return all;
}

/// Fields that are none, and framing that two readers could read in two ways. RFC 9112 sections
/// 2.2, 5 and 6
inline std::vector<HostileReply> bad_fields() {
    std::vector<HostileReply> all{
        {"HTTP/1.1 200 OK\nContent-Length: 1\n\nx"},
        {"HTTP/1.1 200 OK\r\nA: b\n\r\n"},
        {"HTTP/1.1 200 OK\r\nA: b\r\n\n"},
        {"HTTP/1.1 200 OK\rA: b\r\r"},
        {"HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n"},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    };
    for (const std::string_view fields :
         {": x\r\n",
          "junk\r\n",
          " A: b\r\n",
          "\tA: b\r\n",
          "A: b\r\n\tfold\r\n",
          "A\t: b\r\n",
          "A b: c\r\n",
          "A(b): c\r\n",
          "\x80: c\r\n",
          "Content-Length: +1\r\n",
          "Content-Length: 0x1\r\n",
          "Content-Length: 1e1\r\n",
          "Content-Length: 1 1\r\n",
          "Content-Length: 1.0\r\n",
          "Content-Length:\r\n",
          "Content-Length: one\r\n",
          "Content-Length: 1;\r\n",
          "Content-Length: 1, 1\r\n",
          "Content-Length: 1, 2\r\n",
          "Content-Length: 1\r\nContent-Length: 1\r\n",
          "Content-Length: 1\r\ncontent-length: 2\r\n",
          "Content-Length: 18446744073709551616\r\n",
          "Content-Length: 99999999999999999999999999\r\n",
          "Transfer-Encoding: identity\r\n",
          "Transfer-Encoding: gzip\r\n",
          "Transfer-Encoding: chunked, chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding: chunked;q=1\r\n",
          "Transfer-Encoding: \"chunked\"\r\n",
          "Transfer-Encoding:\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
          "content-length: 1\r\ntransfer-encoding: chunked\r\n",
          "Connection: keep alive\r\n"})
        all.push_back({with_fields(fields)});
    for (const char byte : {'\0', '\x01', '\x0b', '\x1b', '\x7f'}) {
        all.push_back({with_fields(std::string{"A: b"} + byte + "c\r\n")});
        all.push_back({with_fields(std::string{"A"} + byte + ": c\r\n")});
        all.push_back({with_fields(std::string{"Transfer-Encoding: "} + byte + "chunked\r\n")});
        all.push_back({with_fields(std::string{"Content-Length: 1"} + byte + "\r\n")});
    }
    return all;
}

/// RFC 9112 section 7.1
inline std::vector<HostileReply> bad_chunks() {
    std::vector<HostileReply> all;
    for (const std::string_view body : {"g\r\n",
                                        "-1\r\n",
                                        "+1\r\n",
                                        "\r\n",
                                        " 1\r\nx\r\n",
                                        "0x1\r\nx\r\n",
                                        "1\nx\r\n",
                                        "1\r\nxyz",
                                        "1\r\nx\n",
                                        "1\r\nx0\r\n\r\n",
                                        "1,1\r\n",
                                        "10000000000000000\r\n",
                                        "ffffffffffffffffffff\r\n",
                                        "1;\x01\r\n",
                                        "1;a=\"\r\n\r\n",
                                        "1;a\n",
                                        "0\r\n\n",
                                        "0\r\nContent-Length: 5\r\n\r\n",
                                        "0\r\nTransfer-Encoding: chunked\r\n\r\n",
                                        "0\r\nA: b\r\n c\r\n\r\n",
                                        "0\r\nA\r\n\r\n",
                                        "0\r\n: b\r\n\r\n"})
        all.push_back({chunked(body)});
    all.push_back({chunked(std::string_view{"1;a\0b\r\n", 7})});
    all.push_back({chunked("ffffffffffffffff\r\nx"), Errc::limit_exceeded});
    all.push_back({chunked("1;" + std::string(300, 'e') + "\r\nx\r\n"), Errc::limit_exceeded});
    all.push_back(
        {chunked(repeated("1;" + std::string(200, 'e') + "\r\nx\r\n", 100)), Errc::limit_exceeded});
    all.push_back({chunked("0\r\n" + repeated("A: " + std::string(100, 'b') + "\r\n", 90)),
                   Errc::limit_exceeded});
    all.push_back({chunked("0\r\n" + repeated("A: b\r\n", 101) + "\r\n"), Errc::limit_exceeded});
    return all;
}

/// Ends that come too early. RFC 9112 section 8
inline std::vector<HostileReply> cut_replies() {
    std::vector<HostileReply> all;
    for (const std::string& bytes :
         {std::string{"H"}, std::string{"HTTP/1.1 200 OK\r\n"},
          std::string{"HTTP/1.1 200 OK\r\nA: b\r\n"}, std::string{"HTTP/1.1 100 Continue\r\n\r\n"},
          std::string{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200"},
          with_fields("Content-Length: 2\r\n"), with_fields("Content-Length: 2\r\n", ""),
          chunked(""), chunked("5"), chunked("5\r\n"), chunked("5\r\nhello"),
          chunked("5\r\nhello\r\n"), chunked("5\r\nhello\r\n0\r\n"),
          chunked("5\r\nhello\r\n0\r\nA: b\r\n")}) {
        all.push_back({bytes, Errc::truncated, "receive", Behind::close});
        all.push_back({bytes, Errc::connection_reset, "receive", Behind::reset});
    }
    all.push_back({"", Errc::end_of_stream, "wait", Behind::close});
    all.push_back({"", Errc::connection_reset, "wait", Behind::reset});
    all.push_back(
        {"HTTP/1.1 200 OK\r\n\r\npart", Errc::connection_reset, "receive", Behind::reset});
    return all;
}

/// What never ends.
inline std::vector<HostileReply> endless_replies() {
    const std::string line = "A: " + std::string(300, 'b') + "\r\n";
    std::vector<HostileReply> all;
    for (const std::string& bytes : {"HTTP/1.1 200 " + std::string(20'000, 'r'),
                                     "HTTP/1.1 200 OK\r\nA: " + std::string(20'000, 'b'),
                                     "HTTP/1.1 200 OK\r\n" + std::string(20'000, 'n'),
                                     "HTTP/1.1 200 OK\r\n" + repeated("A: b\r\n", 101),
                                     "HTTP/1.1 200 OK\r\n" + repeated(line, 60),
                                     "HTTP/1.1 103 Early Hints\r\n" + repeated(line, 60),
                                     repeated("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 20),
                                     repeated("HTTP/1.1 199 x\r\n\r\n", 20),
                                     with_fields("Content-Length: 18446744073709551615\r\n"),
                                     with_fields("Content-Length: 16777217\r\n")})
        all.push_back({bytes, Errc::limit_exceeded});
    return all;
}

/// Half a status line, half a head, half a body, and silence.
inline std::vector<std::string> silent_replies() {
    return {"HTTP/1.1 2",
            "HTTP/1.1 200 OK\r\nA: b",
            "HTTP/1.1 100 Continue\r\n\r\n",
            with_fields("Content-Length: 2\r\n"),
            chunked("5\r\nhel"),
            chunked("1\r\nx\r\n0\r\n"),
            "HTTP/1.1 200 OK\r\n\r\nx"};
}

/// A body where none may be: the reply is good, and the body must not become the next one.
inline std::vector<HostileReply> bodies_where_none_may_be() {
    const std::string evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    std::vector<HostileReply> all;
    for (const std::string_view fields :
         {"", "Content-Length: 42\r\n", "Transfer-Encoding: chunked\r\n",
          "Connection: close\r\n"}) {
        const std::string rest = std::string{fields} + "\r\n" + evil;
        all.push_back({"HTTP/1.1 200 OK\r\n" + rest, Errc::ok, "", Behind::silence, "HEAD"});
        all.push_back({"HTTP/1.1 204 No Content\r\n" + rest, Errc::ok, ""});
        all.push_back({"HTTP/1.1 304 Not Modified\r\n" + rest, Errc::http_status, ""});
    }
    all.push_back({"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n" + evil, Errc::ok, ""});
    // Behind a whole reply, and behind an interim one that says it has a body.
    all.push_back({with_fields("Content-Length: 4\r\n", "good" + evil), Errc::ok, "",
                   Behind::silence, "GET", "good"});
    all.push_back({with_fields("Content-Length: 4\r\n", "good\r\n"), Errc::ok, "", Behind::silence,
                   "GET", "good"});
    all.push_back(
        {chunked("4\r\ngood\r\n0\r\n\r\n" + evil), Errc::ok, "", Behind::silence, "GET", "good"});
    all.push_back({"HTTP/1.1 103 x\r\nContent-Length: 4\r\n\r\nevil" + evil});
    return all;
}

/// Redirects that lead nowhere. RFC 9110 section 15.4
inline std::vector<HostileReply> bad_redirects() {
    const auto found = [](std::string_view fields) {
        return "HTTP/1.1 302 Found\r\n" + std::string{fields} + "Content-Length: 0\r\n\r\n";
    };
    std::vector<HostileReply> all{{found(""), Errc::http_status, ""}};
    for (const std::string_view location :
         {"", " ", "ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)",
          "data:text/html,x", "http://", "http:///x", "http://[::1", "http://h:99999/",
          "http://h:-1/", "http://h:x/", "http://a b/", "http://a%00b/", "//"})
        all.push_back(
            {found("Location: " + std::string{location} + "\r\n"), Errc::bad_url, "redirect"});
    for (const std::string_view fields :
         {"Location: /good\r\nLocation: /bad\r\n", "Location: /good\r\nlocation: /good\r\n",
          "Location: /good\r\nLocation:\r\n"})
        all.push_back({found(fields), Errc::bad_url, "redirect"});
    // To itself, however it is written.
    for (const std::string_view location : {"?", "#x", ".", "/", "./", "/a/.."})
        all.push_back({found("Location: " + std::string{location} + "\r\n"),
                       Errc::too_many_redirects, "redirect"});
    return all;
}

/// Redirects that lead to /good with a rest that is worthless, endless or cut off.
inline std::vector<HostileReply> redirects_with_a_bad_rest() {
    const auto moved = [](std::string_view rest) {
        return "HTTP/1.1 302 Found\r\nLocation: /good\r\n" + std::string{rest};
    };
    std::vector<HostileReply> all;
    for (const std::string& bytes :
         {moved("Content-Length: 99999999999\r\n\r\nx"), moved("\r\nuntil the end"),
          moved("Transfer-Encoding: chunked\r\n\r\nnonsense"),
          moved("Transfer-Encoding: chunked\r\n\r\n" +
                repeated("400\r\n" + std::string(1024, 'x') + "\r\n", 100)),
          moved("Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")})
        all.push_back({bytes, Errc::ok, "", Behind::silence, "GET", "good"});
    all.push_back(
        {moved("Content-Length: 9\r\n\r\nx"), Errc::ok, "", Behind::close, "GET", "good"});
    all.push_back(
        {moved("Content-Length: 9\r\n\r\nx"), Errc::ok, "", Behind::reset, "GET", "good"});
    return all;
}

}  // namespace gyre::http::test
