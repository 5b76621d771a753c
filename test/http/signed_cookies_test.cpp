#include "base64.hpp"
#include "server_fixture.hpp"
#include <gyre/http/signed_cookies.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace gyre::http::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_seconds;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

const std::string first_secret = "0123456789abcdef0123456789abcdef";
const std::string second_secret = "fedcba9876543210fedcba9876543210";

class SignedCookiesTest : public ServerTest {
protected:
    SignedCookiesOptions options(std::chrono::seconds max_age = std::chrono::days{31}) {
        return {.max_age = max_age, .clock = [this] { return now; }};
    }
    SignedCookies with(std::vector<SigningKey> keys) {
        return SignedCookies{std::move(keys), options()};
    }

    sys_seconds now{1'700'000'000s};
    SignedCookies cookies{first_secret, options()};
};

TEST_F(SignedCookiesTest, WhatIsSignedIsGood) {
    for (const std::string& value : {std::string{}, std::string{"user 7"},
                                     std::string("\0\r\n;\xff", 5), std::string(3000, 'x')}) {
        const SignedValue made = cookies.sign("user", value);
        ASSERT_FALSE(made.error);
        const SignedValue back = cookies.verify("user", made.value);
        EXPECT_FALSE(back.error);
        EXPECT_EQ(back.status, SignatureStatus::good);
        EXPECT_EQ(back.value, value);
        EXPECT_EQ(back.signed_at, now);
    }
}

// Checked with another implementation of HMAC-SHA256: the form must stay readable.
TEST_F(SignedCookiesTest, HasAFormThatStays) {
    EXPECT_EQ(cookies.sign("user", "7").value,
              "1.0.1700000000.Nw.hkO2szZ97FI0tnIQSIPx51ieD2GYy_WDC0Vi4FmnYMk");
}

TEST_F(SignedCookiesTest, NoChangedByteIsGood) {
    const std::string text = cookies.sign("user", "admin=no").value;
    for (std::size_t i = 0; i < text.size(); ++i)
        for (int byte = 0; byte < 256; ++byte) {
            std::string changed = text;
            changed[i] = static_cast<char>(byte);
            if (changed == text) continue;
            const SignedValue back = cookies.verify("user", changed);
            ASSERT_NE(back.status, SignatureStatus::good) << i << ' ' << byte;
            ASSERT_TRUE(back.error);
            ASSERT_EQ(back.value, "");
        }
}

TEST_F(SignedCookiesTest, NothingShorterOrLongerIsGood) {
    const std::string text = cookies.sign("user", "admin=no").value;
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_NE(cookies.verify("user", text.substr(0, size)).status, SignatureStatus::good);
    for (const std::string_view more : {".", "A", "=", " ", "A==", ".AA"})
        EXPECT_NE(cookies.verify("user", text + std::string{more}).status, SignatureStatus::good);
}

TEST_F(SignedCookiesTest, MalformedTexts) {
    const std::string mac(43, 'A');
    for (const std::string& text :
         {std::string{}, std::string{"1"}, std::string{"...."}, "2.0.1.AA." + mac,
          "1.00.1.AA." + mac, "1.+0.1.AA." + mac, "1.-1.1.AA." + mac, "1.0.01.AA." + mac,
          "1.0.-1.AA." + mac, "1.0..AA." + mac, "1.4294967296.1.AA." + mac,
          "1.0.99999999999999999999.AA." + mac, "1.0.1.A." + mac, "1.0.1.AA==." + mac,
          "1.0.1.A+." + mac, "1.0.1.AA.x" + mac + "."})
        EXPECT_EQ(cookies.verify("user", text).status, SignatureStatus::malformed) << text;
    EXPECT_EQ(cookies.verify("user", "").error, Errc::protocol_error);
    EXPECT_EQ(cookies.verify("user", "1.0.1.AA." + mac).status, SignatureStatus::bad_signature);
    EXPECT_EQ(cookies.verify("user", "1.0.1.AA.").status, SignatureStatus::bad_signature);
}

TEST_F(SignedCookiesTest, IsBoundToItsName) {
    const std::string text = cookies.sign("user", "7").value;
    const SignedValue back = cookies.verify("admin", text);
    EXPECT_EQ(back.status, SignatureStatus::bad_signature);
    EXPECT_EQ(back.error, Errc::permission_denied);
}

// The parts are signed with their lengths: moving a byte from one to the next is no loophole.
TEST_F(SignedCookiesTest, PartsDoNotRunTogether) {
    const std::string text = cookies.sign("a", "bc").value;
    std::string moved = text;
    moved.replace(moved.find(detail::base64url_encode("bc")), 3, detail::base64url_encode("c"));
    EXPECT_EQ(cookies.verify("ab", moved).status, SignatureStatus::bad_signature);
}

TEST_F(SignedCookiesTest, ExpiresAfterMaxAge) {
    const std::string text = cookies.sign("user", "7").value;
    now += std::chrono::days{31} - 1s;
    EXPECT_EQ(cookies.verify("user", text).status, SignatureStatus::good);
    now += 1s;
    EXPECT_EQ(cookies.verify("user", text).status, SignatureStatus::good);
    now += 1s;
    const SignedValue back = cookies.verify("user", text);
    EXPECT_EQ(back.status, SignatureStatus::expired);
    EXPECT_EQ(back.error, Errc::timed_out);
    EXPECT_EQ(back.value, "");
    EXPECT_EQ(cookies.verify("user", text, std::chrono::days{365}).status, SignatureStatus::good);
    EXPECT_EQ(cookies.verify("user", text, std::chrono::seconds{gyre::unlimited}).status,
              SignatureStatus::good);
}

TEST_F(SignedCookiesTest, AShorterAgeMayBeAskedFor) {
    const std::string text = cookies.sign("user", "7").value;
    now += 11s;
    EXPECT_EQ(cookies.verify("user", text, 10s).status, SignatureStatus::expired);
    EXPECT_EQ(cookies.verify("user", text, 11s).status, SignatureStatus::good);
}

TEST_F(SignedCookiesTest, FromTheFutureIsRefusedBeyondTheSkew) {
    const std::string text = cookies.sign("user", "7").value;
    now -= 59s;
    EXPECT_EQ(cookies.verify("user", text).status, SignatureStatus::good);
    now -= 1s;
    EXPECT_EQ(cookies.verify("user", text).status, SignatureStatus::good);
    now -= 1s;
    EXPECT_EQ(cookies.verify("user", text).status, SignatureStatus::from_future);
    EXPECT_EQ(cookies.verify("user", text).error, Errc::permission_denied);
}

TEST_F(SignedCookiesTest, KeysAreReplacedWithoutLosingWhatIsSigned) {
    const SignedCookies before = with({{1, first_secret}});
    const SignedCookies both = with({{1, first_secret}, {2, second_secret}});
    const SignedCookies after = with({{2, second_secret}});
    const std::string old_text = before.sign("user", "7").value;
    const std::string new_text = both.sign("user", "7").value;
    EXPECT_TRUE(new_text.starts_with("1.2."));
    EXPECT_EQ(both.verify("user", old_text).status, SignatureStatus::good);
    EXPECT_EQ(both.verify("user", new_text).status, SignatureStatus::good);
    EXPECT_EQ(after.verify("user", new_text).status, SignatureStatus::good);
    EXPECT_EQ(after.verify("user", old_text).status, SignatureStatus::unknown_key);
    EXPECT_EQ(before.verify("user", new_text).status, SignatureStatus::unknown_key);
    EXPECT_EQ(before.verify("user", new_text).error, Errc::permission_denied);
}

TEST_F(SignedCookiesTest, TheSameVersionWithAnotherSecretIsABadSignature) {
    const std::string text = with({{1, first_secret}}).sign("user", "7").value;
    EXPECT_EQ(with({{1, second_secret}}).verify("user", text).status,
              SignatureStatus::bad_signature);
}

void expect_unusable(const SignedCookies& refused) {
    EXPECT_EQ(refused.error(), Errc::invalid_argument);
    const SignedValue made = refused.sign("user", "7");
    EXPECT_EQ(made.error, Errc::invalid_argument);
    EXPECT_EQ(made.status, SignatureStatus::unusable);
    EXPECT_EQ(made.value, "");
    EXPECT_EQ(refused.verify("user", "1.0.1.AA.AA").error, Errc::invalid_argument);
    EXPECT_EQ(refused.get(Request{}, "user").error, Errc::invalid_argument);
    EXPECT_EQ(refused.set(Response{}, {.name = "user", .value = "7"}), Errc::invalid_argument);
}

TEST_F(SignedCookiesTest, KeysBelow16BytesAreRefused) {
    expect_unusable(SignedCookies{std::string(15, 'k')});
    EXPECT_FALSE(SignedCookies{std::string(16, 'k')}.error());
    expect_unusable(SignedCookies{std::string{}});
    expect_unusable(with({{1, first_secret}, {2, "short"}}));
}

TEST_F(SignedCookiesTest, OptionsThatMakeNoSenseAreRefused) {
    expect_unusable(with({}));
    expect_unusable(with({{1, first_secret}, {1, second_secret}}));
    expect_unusable(SignedCookies{first_secret, options(0s)});
    expect_unusable(SignedCookies{first_secret, options(-1s)});
    expect_unusable(SignedCookies{first_secret, {.clock_skew = -1s}});
    EXPECT_FALSE(cookies.error());
}

TEST_F(SignedCookiesTest, TheSystemsClockIsTheDefault) {
    const SignedCookies real{first_secret};
    const SignedValue made = real.sign("user", "7");
    EXPECT_EQ(real.verify("user", made.value).status, SignatureStatus::good);
    EXPECT_GT(made.signed_at, sys_seconds{1'700'000'000s});
}

// A program may look at the status only; what clients send is not to be reported.
TEST_F(SignedCookiesTest, WhatAClientSendsIsNotReported) {
    EXPECT_EQ(cookies.verify("user", "x").status, SignatureStatus::malformed);
    EXPECT_EQ(cookies.get(Request{}, "user").status, SignatureStatus::missing);
    EXPECT_TRUE(take_reports().empty());
}

TEST_F(SignedCookiesTest, GoToTheClientAndBack) {
    serve().get("/set", [this](const Request&, const Response& response) {
        EXPECT_FALSE(
            cookies.set(response, {.name = "user", .value = "J\xc3\xb6rg; 7", .secure = true}));
        response.finish();
    });
    server->get("/get", [this](const Request& request, const Response& response) {
        const SignedValue user = cookies.get(request, "user");
        response.finish(user.error ? "refused" : user.value);
    });
    listen();
    RawClient client = connect();
    const std::string reply = client.send(get("/set")).until("\r\n\r\n");
    const std::size_t begin = reply.find("Set-Cookie: user=") + 12;
    const std::string cookie = reply.substr(begin, reply.find("; Path=/; Secure\r\n") - begin);
    client.take();
    EXPECT_EQ(body_of(client.send(get("/get", "Cookie: x=y; " + cookie + "\r\n")).until(" 7")),
              "J\xc3\xb6rg; 7");
    client.take();
    client.send(get("/get", "Cookie: " + cookie + "A\r\n")).until("refused");
    client.take();
    client.send(get("/get")).until("refused");
    EXPECT_EQ(cookies.get(Request{}, "user").error, Errc::permission_denied);
}

TEST_F(SignedCookiesTest, SetTellsTheErrorsOfSetCookie) {
    serve().get("/", [this](const Request&, const Response& response) {
        EXPECT_EQ(cookies.set(response, {.name = "a b", .value = ""}), Errc::invalid_argument);
        EXPECT_EQ(cookies.set(response, {.name = "a", .value = std::string(3500, 'x')}),
                  Errc::invalid_argument);
        EXPECT_EQ(cookies.set(response, {.name = "a", .value = "", .path = "/\r\n"}),
                  Errc::invalid_argument);
        response.finish("done");
        EXPECT_EQ(cookies.set(response, {.name = "a", .value = ""}), Errc::closed);
    });
    listen();
    RawClient client = connect();
    EXPECT_EQ(client.send(get("/")).until("done").find("Set-Cookie"), std::string::npos);
}

}  // namespace
}  // namespace gyre::http::test
