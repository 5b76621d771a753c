#include "client_exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace gyre::http::detail {
namespace {

using Event = ClientExchange::Event;

/// What a reply came to, as text that can be compared.
struct Outcome {
    int interim = 0;
    int heads = 0;
    int status = 0;
    std::string body;
    bool complete = false;
    bool usable = false;
    Errc error = Errc::ok;
    std::string message;

    bool operator==(const Outcome&) const = default;
};

class Driver {
public:
    explicit Driver(std::string_view method = "GET", const Http1Limits& limits = {}) {
        exchange_.begin(method, limits);
    }

    void give(std::string_view bytes) {
        // A copy of exactly this size, so that a sanitizer sees a view that is kept too long.
        const std::string copy{bytes};
        exchange_.give(copy);
        for (;;) {
            ClientExchange::Step step = exchange_.next();
            if (step.event == Event::need_more) return;
            take(step);
        }
    }
    void finish(Error cause = {}) {
        ClientExchange::Step step = exchange_.finish(std::move(cause));
        take(step);
    }
    const Outcome& outcome() const { return outcome_; }

private:
    void take(ClientExchange::Step& step) {
        switch (step.event) {
            case Event::need_more:
                break;
            case Event::interim:
                ++outcome_.interim;
                break;
            case Event::head:
                ++outcome_.heads;
                outcome_.status = exchange_.head().status;
                break;
            case Event::body:
                outcome_.body += step.body;
                break;
            case Event::complete:
                outcome_.complete = true;
                outcome_.usable = exchange_.leaves_connection_usable();
                break;
            case Event::failed:
                outcome_.error = step.error.kind();
                outcome_.message = step.error.message();
                break;
        }
    }

    ClientExchange exchange_;
    Outcome outcome_;
};

Outcome outcome_of(std::string_view bytes, std::string_view method = "GET", bool ends = false,
                   const Http1Limits& limits = {}) {
    Driver whole{method, limits};
    whole.give(bytes);
    if (ends) whole.finish();
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        Driver split{method, limits};
        split.give(bytes.substr(0, cut));
        split.give(bytes.substr(cut));
        if (ends) split.finish();
        EXPECT_EQ(split.outcome().message, whole.outcome().message) << "cut at " << cut;
        EXPECT_EQ(split.outcome().body, whole.outcome().body) << "cut at " << cut;
        EXPECT_EQ(split.outcome().complete, whole.outcome().complete) << "cut at " << cut;
        EXPECT_EQ(split.outcome().heads, whole.outcome().heads) << "cut at " << cut;
    }
    Driver bytewise{method, limits};
    for (const char& byte : bytes)
        bytewise.give({&byte, 1});
    if (ends) bytewise.finish();
    EXPECT_EQ(bytewise.outcome().message, whole.outcome().message);
    EXPECT_EQ(bytewise.outcome().body, whole.outcome().body);
    return whole.outcome();
}

TEST(ClientExchange, ALengthAndABody) {
    const Outcome got = outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "hello");
    EXPECT_TRUE(got.complete);
    EXPECT_TRUE(got.usable);
}

TEST(ClientExchange, Chunks) {
    const Outcome got = outcome_of(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n");
    EXPECT_EQ(got.body, "abcde");
    EXPECT_TRUE(got.usable);
}

TEST(ClientExchange, UntilClose) {
    const Outcome got = outcome_of("HTTP/1.1 200 OK\r\n\r\nall of it", "GET", true);
    EXPECT_EQ(got.body, "all of it");
    EXPECT_TRUE(got.complete);
    EXPECT_FALSE(got.usable);
}

TEST(ClientExchange, NoBodyForHeadAndTheStatusesWithoutOne) {
    EXPECT_TRUE(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").usable);
    EXPECT_TRUE(outcome_of("HTTP/1.1 204 No Content\r\n\r\n").usable);
    EXPECT_TRUE(outcome_of("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").usable);
}

TEST(ClientExchange, InterimRepliesAreSkipped) {
    const Outcome got = outcome_of(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(got.heads, 1);
    EXPECT_EQ(got.body, "ok");
    EXPECT_TRUE(got.complete);
}

TEST(ClientExchange, InterimRepliesAreLimited) {
    const auto with = [](int count) {
        Driver driver;
        std::string bytes;
        for (int i = 0; i < count; ++i)
            bytes += "HTTP/1.1 100 Continue\r\n\r\n";
        driver.give(bytes + "HTTP/1.1 204 No Content\r\n\r\n");
        return driver.outcome();
    };
    EXPECT_TRUE(with(ClientExchange::max_interim_replies - 1).complete);
    EXPECT_TRUE(with(ClientExchange::max_interim_replies).complete);
    EXPECT_EQ(with(ClientExchange::max_interim_replies + 1).error, Errc::limit_exceeded);
}

TEST(ClientExchange, SwitchingProtocolsIsRefused) {
    EXPECT_EQ(outcome_of("HTTP/1.1 101 Switching Protocols\r\n\r\n").error, Errc::protocol_error);
}

TEST(ClientExchange, BytesBehindTheReplyMakeTheConnectionUnusable) {
    Driver driver;
    driver.give("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
    EXPECT_TRUE(driver.outcome().complete);
    EXPECT_FALSE(driver.outcome().usable);
}

TEST(ClientExchange, CloseMakesTheConnectionUnusable) {
    EXPECT_FALSE(outcome_of("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n").usable);
    EXPECT_FALSE(outcome_of("HTTP/1.0 200 x\r\nContent-Length: 1\r\n\r\ny").usable);
}

TEST(ClientExchange, TruncationIsTold) {
    EXPECT_EQ(outcome_of("", "GET", true).message,
              "the server closed the connection before the server answered");
}

TEST(ClientExchange, EachKindOfTruncationHasItsWords) {
    const Outcome head = outcome_of("HTTP/1.1 200 OK\r\nContent-", "GET", true);
    EXPECT_EQ(head.error, Errc::truncated);
    EXPECT_EQ(head.message, "the server closed the connection inside the head of the reply");
    const Outcome body =
        outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "GET", true);
    EXPECT_EQ(body.error, Errc::truncated);
    EXPECT_EQ(body.message, "the server closed the connection after 5 of 10 bytes of the body");
    const Outcome chunk = outcome_of(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "GET", true);
    EXPECT_EQ(chunk.error, Errc::truncated);
    EXPECT_EQ(chunk.message, "the server closed the connection after 5 bytes of the body");
}

TEST(ClientExchange, ABreakKeepsItsOwnKindAndSaysWhere) {
    Driver driver;
    driver.give("HTTP/1.1 200 OK\r\n\r\nabc");
    driver.finish({Errc::connection_reset, "read: reset"});
    EXPECT_EQ(driver.outcome().error, Errc::connection_reset);
    EXPECT_EQ(driver.outcome().message,
              "the connection broke after 3 bytes of the body: read: reset");
}

TEST(ClientExchange, WhatIsNotHttpIsTold) {
    const Outcome got = outcome_of("SSH-2.0-OpenSSH_9.2\r\n");
    EXPECT_EQ(got.error, Errc::protocol_error);
    EXPECT_NE(got.message.find("not valid HTTP"), std::string::npos) << got.message;
}

TEST(ClientExchange, ConflictingLengthsAreRefused) {
    for (const char* fields :
         {"Content-Length: 1\r\nContent-Length: 2\r\n",
          "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 1, 1\r\n",
          "Content-Length: -1\r\n", "Transfer-Encoding: gzip, chunked\r\n"})
        EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\n" + std::string{fields} + "\r\nx").error,
                  Errc::protocol_error)
            << fields;
}

TEST(ClientExchange, HeadLimitsAreExact) {
    const std::string bytes = "HTTP/1.1 204 x\r\nA: b\r\nC: d\r\n\r\n";
    Http1Limits limits;
    limits.max_head = bytes.size();
    EXPECT_TRUE(outcome_of(bytes, "GET", false, limits).complete);
    limits.max_head = bytes.size() - 1;
    const Outcome got = outcome_of(bytes, "GET", false, limits);
    EXPECT_EQ(got.error, Errc::limit_exceeded);
    EXPECT_EQ(got.message, "the head of the reply is larger than max_header_size (29)");
    limits = {};
    limits.max_fields = 2;
    EXPECT_TRUE(outcome_of(bytes, "GET", false, limits).complete);
    limits.max_fields = 1;
    EXPECT_EQ(outcome_of(bytes, "GET", false, limits).error, Errc::limit_exceeded);
    limits = {};
    limits.max_field_line = 4;
    EXPECT_TRUE(outcome_of(bytes, "GET", false, limits).complete);
    limits.max_field_line = 3;
    EXPECT_EQ(outcome_of(bytes, "GET", false, limits).error, Errc::limit_exceeded);
}

}  // namespace
}  // namespace gyre::http::detail
