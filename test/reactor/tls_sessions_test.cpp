#include "tls_sessions.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace gyre {
namespace {

class TlsSessionsTest : public testing::Test {
protected:
    using Session = detail::SslSessionPtr;
    static Session session(unsigned char number, int version = TLS1_3_VERSION) {
        Session made{SSL_SESSION_new()};
        SSL_SESSION_set_protocol_version(made.get(), version);
        SSL_SESSION_set1_id(made.get(), &number, 1);
        SSL_SESSION_set_time(made.get(), 1000);
        SSL_SESSION_set_timeout(made.get(), 100);
        return made;
    }
    static int number(const Session& session) {
        unsigned size = 0;
        return session ? *SSL_SESSION_get_id(session.get(), &size) : -1;
    }
    int take(const std::string& peer, std::time_t now = 1000) {
        return number(sessions.take(peer, now));
    }

    detail::TlsSessions sessions;
};

TEST_F(TlsSessionsTest, OneOfTls13IsGivenAwayOnce) {
    sessions.put("a", session(1).get());
    EXPECT_EQ(take("b"), -1);
    EXPECT_EQ(take("a"), 1);
    EXPECT_EQ(take("a"), -1);
}

TEST_F(TlsSessionsTest, OneOfTls12Stays) {
    sessions.put("a", session(1, TLS1_2_VERSION).get());
    EXPECT_EQ(take("a"), 1);
    EXPECT_EQ(take("a"), 1);
    sessions.put("a", session(2, TLS1_2_VERSION).get());
    EXPECT_EQ(take("a"), 2);
}

TEST_F(TlsSessionsTest, TheNewestOfAPeerAreKept) {
    for (unsigned char i = 1; i <= 6; ++i)
        sessions.put("a", session(i).get());
    for (const int expected : {6, 5, 4, 3, -1})
        EXPECT_EQ(take("a"), expected);
}

TEST_F(TlsSessionsTest, TheOldestGoesFirst) {
    for (int i = 0; i <= 256; ++i)
        sessions.put(std::to_string(i), session(1, TLS1_2_VERSION).get());
    EXPECT_EQ(take("0"), -1);
    EXPECT_EQ(take("1"), 1);  // and is now the youngest
    sessions.put("another", session(1).get());
    EXPECT_EQ(take("1"), 1);
    EXPECT_EQ(take("2"), -1);
}

TEST_F(TlsSessionsTest, AnOldOneIsNotUsed) {
    sessions.put("a", session(1).get());
    sessions.put("b", session(1).get());
    EXPECT_EQ(take("a", 1099), 1);
    EXPECT_EQ(take("b", 1100), -1);
    sessions.put("c", session(1).get());
    EXPECT_EQ(take("c", 999), -1);  // from the future: the clock was set back
}

TEST_F(TlsSessionsTest, AreForgotten) {
    sessions.put("a", session(1).get());
    sessions.put("b", session(2).get());
    sessions.forget("a");
    EXPECT_EQ(take("a"), -1);
    EXPECT_EQ(take("b"), 2);
}

}  // namespace
}  // namespace gyre
