#include "http_tunnel.hpp"
#include "proxy_settings.hpp"
#include "socks5_tunnel.hpp"
#include <gyre/reactor.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::string_literals;

namespace gyre::http::detail {
namespace {

using State = ProxyHandshake::State;
using Make = std::function<std::unique_ptr<ProxyHandshake>()>;

/// What a handshake came to.
struct Account {
    State state = State::going_on;
    Errc kind = Errc::ok;
    int code = 0;
    std::string message{};
    std::string sent{};
    std::size_t taken = 0;  // of the proxy's bytes, if it did not fail

    friend bool operator==(const Account&, const Account&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Account& account) {
        return out << static_cast<int>(account.state) << ' ' << account.message << " sent "
                   << account.sent << " taken " << account.taken;
    }
};

/// What the proxy says, each part only when it has been asked for it.
struct Replies {
    Replies(std::string one) : parts{std::move(one)} {}
    Replies(const char* one) : parts{one} {}
    Replies(std::vector<std::string> all) : parts(std::move(all)) {}

    std::string all() const {
        std::string text;
        for (const std::string& part : parts)
            text += part;
        return text;
    }
    /// Where the part ends that has this position.
    std::size_t end_of(std::size_t position) const {
        std::size_t end = 0;
        for (const std::string& part : parts) {
            end += part.size();
            if (end > position) break;
        }
        return end;
    }

    std::vector<std::string> parts;
};

/// Plays a shell that reads `piece(position)` bytes at a time, as far as they are wanted.
Account run_in_pieces(const Make& make, const Replies& replies,
                      const std::function<std::size_t(std::size_t)>& piece, bool ends) {
    const std::string bytes = replies.all();
    const auto handshake = make();
    Account account{.sent = handshake->take_output()};
    while (handshake->state() == State::going_on && account.taken < bytes.size()) {
        const std::size_t size = std::min({piece(account.taken), handshake->wanted(),
                                           replies.end_of(account.taken) - account.taken});
        // A copy of its own, so that a sanitizer sees a view that was kept.
        handshake->give(std::string{bytes.substr(account.taken, size)});
        account.taken += size;
        account.sent += handshake->take_output();
    }
    if (ends) handshake->finish({});
    account.state = handshake->state();
    if (account.state != State::failed) return account;
    const Error error = handshake->take_error();
    account.taken = 0;
    account.kind = error.kind();
    account.code = error.code();
    account.message = error.message();
    return account;
}

/// In one piece, byte by byte, and cut in two at each place: all have to come to the same.
Account run(const Make& make, const Replies& replies, bool ends = false) {
    const std::size_t size = replies.all().size();
    const Account whole = run_in_pieces(make, replies, [&](auto) { return size; }, ends);
    EXPECT_EQ(run_in_pieces(make, replies, [](auto) { return 1; }, ends), whole);
    for (std::size_t cut = 1; cut < size; ++cut) {
        const auto piece = [&](std::size_t at) { return at < cut ? cut - at : size; };
        EXPECT_EQ(run_in_pieces(make, replies, piece, ends), whole) << "cut at " << cut;
    }
    return whole;
}

/// Answers the challenges that it was told to, by turns.
class FakeAuthenticator final : public Authenticator {
public:
    explicit FakeAuthenticator(int answers) : left_(answers) {}

    std::string authorization(std::string_view method, std::string_view uri) override {
        if (seen_.empty()) return {};
        return "Fake " + std::string{method} + ' ' + std::string{uri} + ' ' + seen_;
    }
    bool on_challenge(std::span<const std::string_view> challenges) override {
        seen_.clear();
        for (const std::string_view challenge : challenges)
            seen_.append("<").append(challenge).append(">");
        return left_-- > 0;
    }

private:
    int left_;
    std::string seen_;
};

Make http_tunnel(int answers = 0, std::string host = "example.com") {
    return [answers, host] {
        return std::make_unique<HttpTunnel>(host, 443, "gyre/1",
                                            std::make_shared<FakeAuthenticator>(answers));
    };
}

const std::string connect_head =
    "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent: gyre/1\r\n\r\n";
const std::string connect_again =
    "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent: gyre/1\r\n"
    "Proxy-Authorization: Fake CONNECT example.com:443 <Digest x=1><Basic realm=\"a\">\r\n\r\n";
const std::string challenge =
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest x=1\r\nproxy-authenticate: Basic "
    "realm=\"a\"\r\n";
const std::string granted = "HTTP/1.1 200 Connection established\r\n\r\n";

TEST(HttpTunnel, A2xxIsTheTunnel) {
    for (const std::string status : {"200 Connection established", "204 X", "299 "}) {
        const Account account = run(http_tunnel(), "HTTP/1.1 " + status + "\r\nVia: x\r\n\r\n");
        EXPECT_EQ(account.state, State::established);
        EXPECT_EQ(account.sent, connect_head);
    }
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.0 200 OK\r\n\r\n").state, State::established);
}

// RFC 9110 9.3.6
TEST(HttpTunnel, WhatA2xxSaysOfABodyIsIgnored) {
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").state,
              State::established);
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").state,
              State::established);
}

TEST(HttpTunnel, AnIpv6HostStandsInBrackets) {
    EXPECT_EQ(run(http_tunnel(0, "2001:db8::1"), granted).sent,
              "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n"
              "User-Agent: gyre/1\r\n\r\n");
}

TEST(HttpTunnel, NothingIsSentThatMayNotBe) {
    for (const std::string host : {"a b", "a\r\nX: y", "", "a/b", "a#b"}) {
        const Account account = run(http_tunnel(0, host), granted);
        EXPECT_EQ(account.kind, Errc::invalid_argument) << host;
        EXPECT_EQ(account.sent, "");
    }
    HttpTunnel tunnel{"example.com", 443, "gyre\r\nX: y", nullptr};
    EXPECT_EQ(tunnel.take_error(), Errc::invalid_argument);
    EXPECT_EQ(tunnel.take_output(), "");
}

TEST(HttpTunnel, BytesBehindTheReplyAreAnError) {
    HttpTunnel tunnel{"example.com", 443, "", nullptr};
    tunnel.give(granted + "x");
    const Error error = tunnel.take_error();
    EXPECT_EQ(error, Errc::protocol_error);
    EXPECT_EQ(error.message(), "the proxy sent bytes behind its reply");
}

TEST(HttpTunnel, AnyOtherStatusIsTheErrorsCode) {
    const Account refused =
        run(http_tunnel(), "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    EXPECT_EQ(refused.kind, Errc::http_status);
    EXPECT_EQ(refused.code, 407);
    EXPECT_EQ(refused.message, "the proxy answered 407: Proxy Authentication Required");
    const Account large =
        run(http_tunnel(), "HTTP/1.1 502 \r\nContent-Length: 99999999999\r\n\r\n");
    EXPECT_EQ(large.code, 502);
    EXPECT_EQ(large.message, "the proxy answered 502: Bad Gateway");
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n").code, 302);
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.1 999 \r\n\r\n").message, "the proxy answered 999");
}

TEST(HttpTunnel, InterimRepliesAreSkippedUpToALimit) {
    const std::string interim = "HTTP/1.1 103 Early\r\nA: b\r\n\r\n";
    std::string replies;
    for (int i = 0; i < HttpTunnel::max_interim_replies; ++i)
        replies += interim;
    EXPECT_EQ(run(http_tunnel(), replies + granted).state, State::established);
    EXPECT_EQ(run(http_tunnel(), replies + interim).kind, Errc::limit_exceeded);
    EXPECT_EQ(run(http_tunnel(),
                  "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\n"
                  "Upgrade: x\r\n\r\n")
                  .kind,
              Errc::protocol_error);
}

TEST(HttpTunnel, WhatIsNoHttpIsRefused) {
    const Account account = run(http_tunnel(), "SSH-2.0-x\r\n\r\n");
    EXPECT_EQ(account.kind, Errc::protocol_error);
    EXPECT_TRUE(account.message.starts_with("the proxy's reply is not valid HTTP: "));
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.1 200 OK\nA: b\n\n").kind, Errc::protocol_error);
    EXPECT_EQ(run(http_tunnel(), "HTTP/1.1 200 OK\r\n A: b\r\n\r\n").kind, Errc::protocol_error);
}

TEST(HttpTunnel, TheHeadHasALimit) {
    const auto with = [](std::size_t size) {
        std::string head = "HTTP/1.1 200 OK\r\n";
        while (head.size() + 1002 + 4 < size)
            head += "A: " + std::string(997, 'x') + "\r\n";
        head += "A: ";
        return head + std::string(size - head.size() - 4, 'y') + "\r\n\r\n";
    };
    const auto in_pieces = [&](std::size_t size) {
        return run_in_pieces(http_tunnel(), with(size), [](auto) { return 1000; }, false);
    };
    EXPECT_EQ(in_pieces(16 * kib).state, State::established);
    EXPECT_EQ(in_pieces(16 * kib + 1).kind, Errc::limit_exceeded);
}

TEST(HttpTunnel, AConnectionThatEnds) {
    const Account silent = run(http_tunnel(), "", true);
    EXPECT_EQ(silent.kind, Errc::end_of_stream);
    EXPECT_EQ(silent.message, "the proxy closed the connection before it had answered");
    const Account cut = run(http_tunnel(), "HTTP/1.1 200 OK\r\n", true);
    EXPECT_EQ(cut.kind, Errc::truncated);
    EXPECT_EQ(cut.message, "the proxy closed the connection inside its reply");
    HttpTunnel broken{"example.com", 443, "", nullptr};
    broken.finish({Errc::connection_reset, "read: Connection reset"});
    const Error error = broken.take_error();
    EXPECT_EQ(error, Errc::connection_reset);
    EXPECT_EQ(error.message(),
              "the connection to the proxy broke before it had answered: read: Connection reset");
}

TEST(HttpTunnel, AChallengeIsAnsweredOnTheSameConnection) {
    for (const std::string& body :
         {"Content-Length: 4\r\n\r\nbody"s, "Content-Length: 0\r\n\r\n"s,
          "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"s}) {
        const Account account = run(http_tunnel(1), std::vector{challenge + body, granted});
        EXPECT_EQ(account.state, State::established);
        EXPECT_EQ(account.sent, connect_head + connect_again);
    }
}

TEST(HttpTunnel, ARefusedAnswerIsTheError) {
    const std::string no = challenge + "Content-Length: 0\r\n\r\n";
    EXPECT_EQ(run(http_tunnel(1), std::vector{no, no}).code, 407);
    EXPECT_EQ(run(http_tunnel(0), no).sent, connect_head);
    EXPECT_EQ(run(http_tunnel(1), std::vector{no, "HTTP/1.1 403 \r\n\r\n"s}).code, 403);
    std::vector<std::string> many(HttpTunnel::max_answers, no);
    many.push_back(granted);
    EXPECT_EQ(run(http_tunnel(1000), many).state, State::established);
    many.back() = no;
    EXPECT_EQ(run(http_tunnel(1000), many).code, 407);
}

TEST(HttpTunnel, AProxyThatClosesIsAskedOnAnotherConnection) {
    for (const std::string& rest :
         {"Connection: close\r\nContent-Length: 4\r\n\r\nbody"s, "\r\nbody up to the end"s,
          "Content-Length: 65537\r\n\r\n"s, "Content-Length: 4\r\n\r\nbodyX"s,
          "Transfer-Encoding: chunked\r\n\r\n10001\r\n"s,
          "Transfer-Encoding: chunked\r\n\r\nno size\r\n"s}) {
        const auto handshake = http_tunnel(1)();
        handshake->give(challenge + rest);
        EXPECT_EQ(handshake->state(), State::reconnect) << rest;
    }
    EXPECT_EQ(run(http_tunnel(1), challenge + "Content-Length: 4\r\n\r\nbo", true).state,
              State::reconnect);
    // It said that it would keep the connection.
    EXPECT_EQ(run(http_tunnel(1), challenge + "Content-Length: 0\r\n\r\n", true).state,
              State::reconnect);
    EXPECT_EQ(
        run(http_tunnel(1), std::vector{challenge + "Content-Length: 0\r\n\r\n", "HTTP/1"s}, true)
            .kind,
        Errc::truncated);
}

TEST(HttpTunnel, ABodyUpToTheLimitIsDrained) {
    const auto handshake = http_tunnel(1)();
    handshake->give(challenge + "Content-Length: 65536\r\n\r\n");
    handshake->give(std::string(65536, 'x'));
    EXPECT_EQ(handshake->state(), State::going_on);
    EXPECT_EQ(handshake->take_output(), connect_head + connect_again);
}

class AuthenticatorTest : public testing::Test {
protected:
    std::shared_ptr<Authenticator> make(AuthMode mode, std::string user = "me") {
        return make_authenticator(mode, std::move(user), "secret", reactor_);
    }
    static bool challenge(Authenticator& authenticator, std::string_view value) {
        return authenticator.on_challenge({&value, 1});
    }

    Reactor reactor_;
};

TEST_F(AuthenticatorTest, BasicIsSentAtOnce) {
    const auto basic = make(AuthMode::basic);
    EXPECT_EQ(basic->authorization("CONNECT", "x:1"), "Basic bWU6c2VjcmV0");
    EXPECT_FALSE(challenge(*basic, "Basic realm=\"a\""));
    EXPECT_EQ(make(AuthMode::basic, "")->authorization("CONNECT", "x:1"), "Basic OnNlY3JldA==");
    EXPECT_EQ(make_authenticator(AuthMode::digest, "", "", reactor_)->authorization("GET", "/"),
              "");
}

TEST_F(AuthenticatorTest, DigestWaitsForAChallenge) {
    const auto digest = make(AuthMode::digest);
    EXPECT_EQ(digest->authorization("CONNECT", "x:1"), "");
    EXPECT_FALSE(challenge(*digest, "Basic realm=\"a\""));
    EXPECT_TRUE(challenge(*digest, "Digest realm=\"a\", nonce=\"n\", qop=\"auth\""));
    const std::string first = digest->authorization("CONNECT", "x:1");
    EXPECT_TRUE(first.starts_with("Digest ")) << first;
    EXPECT_NE(first.find("uri=\"x:1\""), std::string::npos) << first;
    EXPECT_NE(first.find("nc=00000001"), std::string::npos) << first;
    const std::string second = digest->authorization("CONNECT", "x:1");
    EXPECT_NE(second.find("nc=00000002"), std::string::npos) << second;
}

TEST_F(AuthenticatorTest, OnlyStaleCredentialsAreTriedAgain) {
    const std::string_view plain = R"(Digest realm="a", nonce="n", qop="auth")";
    const std::string_view stale = R"(Digest realm="a", nonce="m", qop="auth", stale=true)";
    const auto digest = make(AuthMode::digest);
    EXPECT_TRUE(challenge(*digest, plain));
    EXPECT_FALSE(digest->authorization("CONNECT", "x:1").empty());
    EXPECT_TRUE(challenge(*digest, stale));
    EXPECT_NE(digest->authorization("CONNECT", "x:1").find("nonce=\"m\""), std::string::npos);
    EXPECT_FALSE(challenge(*digest, plain));
    int times = 0;
    while (times < 100 && challenge(*digest, stale))
        ++times;
    EXPECT_LT(times, 100);
}

Make socks(std::string host = "example.com", std::string username = "", std::string password = "") {
    return [=] { return std::make_unique<Socks5Tunnel>(host, 443, username, password); };
}

const std::string request = "\x05\x01\x00\x03\x0b"s + "example.com" + "\x01\xbb";
const std::string bound = "\x01\x7f\0\0\x01\x04\x38"s;

// RFC 1928 3, 4, 6
TEST(Socks5Tunnel, WithoutAuthentication) {
    const Account account = run(socks(), "\x05\0\x05\0\0"s + bound);
    EXPECT_EQ(account.state, State::established);
    EXPECT_EQ(account.sent, "\x05\x01\0"s + request);
}

// RFC 1929
TEST(Socks5Tunnel, WithNameAndPassword) {
    const Account account =
        run(socks("example.com", "me", "key"), "\x05\x02\x01\0\x05\0\0"s + bound);
    EXPECT_EQ(account.state, State::established);
    EXPECT_EQ(account.sent, "\x05\x02\0\x02"s + "\x01\x02me\x03key" + request);
}

TEST(Socks5Tunnel, AProxyMayDoWithoutTheLogin) {
    const Account account = run(socks("example.com", "me", "key"), "\x05\0\x05\0\0"s + bound);
    EXPECT_EQ(account.state, State::established);
    EXPECT_EQ(account.sent, "\x05\x02\0\x02"s + request);
}

TEST(Socks5Tunnel, AddressesAreSentAsSuch) {
    EXPECT_EQ(run(socks("192.0.2.1"), "\x05\0"s).sent,
              "\x05\x01\0\x05\x01\0\x01\xc0\0\x02\x01\x01\xbb"s);
    EXPECT_EQ(run(socks("2001:db8::1"), "\x05\0"s).sent,
              "\x05\x01\0\x05\x01\0\x04\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01\x01\xbb");
}

TEST(Socks5Tunnel, EveryTypeOfBoundAddressIsReadToItsEnd) {
    for (const std::string& address :
         {bound, "\x04"s + std::string(18, 'x'), "\x03\x05"s + "hello\x01\x02", "\x03\0\x01\x02"s,
          "\x03\xff" + std::string(257, 'x')}) {
        const std::string replies = "\x05\0\x05\0\0"s + address;
        const Account account = run(socks(), replies + "the tunnel's");
        EXPECT_EQ(account.state, State::established);
        EXPECT_EQ(account.taken, replies.size());
    }
}

TEST(Socks5Tunnel, EveryReplyCodeHasItsError) {
    const std::vector<Errc> kinds{Errc::ok,
                                  Errc::host_unreachable,
                                  Errc::permission_denied,
                                  Errc::host_unreachable,
                                  Errc::host_unreachable,
                                  Errc::connection_refused,
                                  Errc::timed_out,
                                  Errc::not_supported,
                                  Errc::not_supported,
                                  Errc::protocol_error};
    for (std::size_t code = 1; code < kinds.size(); ++code) {
        const Account account =
            run(socks(), "\x05\0\x05"s + static_cast<char>(code) + '\0' + bound);
        EXPECT_EQ(account.kind, kinds[code]) << code;
        EXPECT_NE(account.message, "");
    }
    EXPECT_EQ(run(socks(), "\x05\0\x05\xff\0\x01"s).message,
              "the SOCKS proxy answered with the unknown reply code 255");
}

TEST(Socks5Tunnel, AuthenticationThatFails) {
    EXPECT_EQ(run(socks(), "\x05\xff"s).message, "the SOCKS proxy wants authentication");
    EXPECT_EQ(run(socks("a", "me", "key"), "\x05\xff"s).message,
              "the SOCKS proxy takes no user name and password");
    const Account refused = run(socks("a", "me", "key"), "\x05\x02\x01\x01"s);
    EXPECT_EQ(refused.kind, Errc::permission_denied);
    EXPECT_EQ(refused.message, "the SOCKS proxy refused the user name or the password");
    for (const std::string& method : {"\x05\x02"s, "\x05\x01"s, "\x05\x80"s})
        EXPECT_EQ(run(socks(), method).kind, Errc::protocol_error);
    EXPECT_EQ(run(socks("a", "me", "key"), "\x05\x01"s).kind, Errc::protocol_error);
}

TEST(Socks5Tunnel, WhatIsNoSocks5IsRefusedAtItsFirstByte) {
    for (const std::string& bytes : {"HTTP/1.1 400 \r\n"s, "\0\x5a"s, "\x04"s}) {
        const Account account = run(socks(), bytes);
        EXPECT_EQ(account.kind, Errc::protocol_error);
        EXPECT_EQ(account.message, "the proxy does not speak SOCKS 5");
    }
    EXPECT_EQ(run(socks(), "\x05\0\x04"s).kind, Errc::protocol_error);
    EXPECT_EQ(run(socks("a", "me", "key"), "\x05\x02\x05"s).kind, Errc::protocol_error);
    EXPECT_EQ(run(socks(), "\x05\0\x05\0\0\x02"s).kind, Errc::protocol_error);
}

TEST(Socks5Tunnel, AConnectionThatEnds) {
    EXPECT_EQ(run(socks(), "", true).kind, Errc::end_of_stream);
    const std::string replies = "\x05\0\x05\0\0"s + bound;
    for (std::size_t size = 1; size < replies.size(); ++size)
        EXPECT_EQ(run(socks(), replies.substr(0, size), true).kind, Errc::truncated) << size;
    EXPECT_EQ(run(socks(), replies, true).state, State::established);
}

TEST(Socks5Tunnel, WhatDoesNotFitIsNotSent) {
    const std::string most(255, 'a');
    const std::string more(256, 'a');
    EXPECT_EQ(run(socks(most, most, most), "").state, State::going_on);
    for (const Make& make : {socks(more), socks(""), socks("a", more, "b"), socks("a", "b", more),
                             socks("a", "b", ""), socks("a", "", "b")}) {
        const Account account = run(make, "");
        EXPECT_EQ(account.kind, Errc::invalid_argument);
        EXPECT_EQ(account.sent, "");
    }
    Socks5Tunnel no_port{"a", 0, "", ""};
    EXPECT_EQ(no_port.take_error(), Errc::invalid_argument);
}

TEST(Socks5Tunnel, MoreThanWasWantedIsAnError) {
    Socks5Tunnel tunnel{"a", 1, "", ""};
    tunnel.give("\x05\0\x05\0\0"s + bound + "x");
    EXPECT_EQ(tunnel.take_error(), Errc::protocol_error);
}

}  // namespace
}  // namespace gyre::http::detail
