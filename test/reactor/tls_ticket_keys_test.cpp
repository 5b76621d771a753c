#include "tls_ticket_keys.hpp"

#include <gyre/limits.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

namespace gyre {
namespace {

using namespace std::chrono_literals;

class TlsTicketKeysTest : public testing::Test {
protected:
    detail::TlsTicketKeys keys{1h};
    TimePoint begin = TimePoint{} + 100h;
};

TEST_F(TlsTicketKeysTest, AKeySealsForItsLifetimeAndOpensForTwiceAsLong) {
    const auto first = keys.sealing_key(begin);
    EXPECT_EQ(keys.sealing_key(begin + 59min), first);
    EXPECT_TRUE(keys.find(first->name, begin + 59min).seals);
    const auto second = keys.sealing_key(begin + 60min);
    EXPECT_NE(second, first);
    EXPECT_EQ(keys.find(first->name, begin + 119min).key, first);
    EXPECT_FALSE(keys.find(first->name, begin + 119min).seals);
    EXPECT_EQ(keys.find(first->name, begin + 120min).key, nullptr);
    EXPECT_EQ(keys.find(second->name, begin + 120min).key, second);
}

TEST_F(TlsTicketKeysTest, AKeyThatNobodyUsedForLongIsGone) {
    auto first = keys.sealing_key(begin);
    const auto name = first->name;
    const std::weak_ptr<const detail::TlsTicketKey> weak = std::exchange(first, nullptr);
    EXPECT_FALSE(weak.expired());
    EXPECT_EQ(keys.find(name, begin + 5h).key, nullptr);
    EXPECT_TRUE(weak.expired());
}

TEST_F(TlsTicketKeysTest, UnlimitedKeysStay) {
    detail::TlsTicketKeys forever{unlimited};
    const auto first = forever.sealing_key(begin);
    EXPECT_EQ(forever.sealing_key(begin + 10'000h), first);
    EXPECT_TRUE(forever.find(first->name, begin + 10'000h).seals);
}

TEST_F(TlsTicketKeysTest, AnUnknownNameHasNoKey) {
    const auto first = keys.sealing_key(begin);
    auto name = first->name;
    name[0] ^= 1;
    EXPECT_EQ(keys.find(name, begin).key, nullptr);
}

TEST_F(TlsTicketKeysTest, AreSharedByLifetime) {
    const auto one = detail::TlsTicketKeys::shared(7h);
    EXPECT_EQ(one, detail::TlsTicketKeys::shared(7h));
    EXPECT_NE(one, detail::TlsTicketKeys::shared(8h));
}

}  // namespace
}  // namespace gyre
