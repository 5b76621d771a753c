#include "cookie_store.hpp"
#include <gyre/http/cookie_jar.hpp>

#include <gtest/gtest.h>
namespace gyre::http::detail::test {
namespace {
TEST(CookieJar, Basic) {
    CookieStore s;
    auto now = std::chrono::sys_seconds{std::chrono::seconds{1700000000}};
    EXPECT_EQ(
        s.set_from({true, "www.example.com", "/"}, "a=b; Domain=example.com; Secure; Path=/", now),
        "");
    EXPECT_EQ(s.cookie_header({true, "example.com", "/x"}, now), "a=b");
    EXPECT_EQ(s.cookie_header({false, "example.com", "/x"}, now), "");
    EXPECT_NE(s.set_from({true, "www.example.co.uk", "/"}, "a=b; Domain=co.uk", now), "");
}
}  // namespace
}  // namespace gyre::http::detail::test
