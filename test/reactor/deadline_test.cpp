#include "support/reactor_fixture.hpp"
#include <gyre/deadline.hpp>

#include <functional>

namespace gyre::test {
namespace {

using detail::Deadline;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Listener final : detail::DeadlineListener {
    void on_deadline(Deadline&) noexcept override {
        ++fired;
        if (then) then();
    }
    int fired = 0;
    std::function<void()> then;
};

class DeadlineTest : public ReactorTest {
protected:
    detail::ReactorRef reference{reactor()};
    Listener listener;
    Deadline deadline{reference, listener};
};

TEST_F(DeadlineTest, FiresNeverEarlyAndAtMostATickLate) {
    deadline.expire_after(milliseconds{1050});
    advance(milliseconds{1049});
    EXPECT_EQ(listener.fired, 0);
    advance(milliseconds{1} + detail::DeadlineWheel::tick);
    EXPECT_EQ(listener.fired, 1);
    EXPECT_FALSE(deadline.armed());
    advance(seconds{10});
    EXPECT_EQ(listener.fired, 1);
}

TEST_F(DeadlineTest, MovedLaterFiresLater) {
    deadline.expire_after(seconds{1});
    for (int i = 0; i < 5; ++i) {
        advance(milliseconds{900});
        deadline.expire_after(seconds{1});
    }
    EXPECT_EQ(listener.fired, 0);
    advance(milliseconds{1100});
    EXPECT_EQ(listener.fired, 1);
}

TEST_F(DeadlineTest, MovedEarlierFiresEarlier) {
    deadline.expire_after(seconds{60});
    deadline.expire_after(seconds{1});
    advance(milliseconds{1100});
    EXPECT_EQ(listener.fired, 1);
}

TEST_F(DeadlineTest, BeyondTheHorizonOfTheWheel) {
    deadline.expire_after(seconds{300});
    for (int i = 0; i < 299; ++i)
        advance(seconds{1});
    EXPECT_EQ(listener.fired, 0);
    advance(milliseconds{1200});
    EXPECT_EQ(listener.fired, 1);
}

TEST_F(DeadlineTest, AfterALongSleepFiresOnce) {
    deadline.expire_after(seconds{1});
    advance(std::chrono::hours{24});
    EXPECT_EQ(listener.fired, 1);
}

TEST_F(DeadlineTest, ClearedFiresNever) {
    deadline.expire_after(seconds{1});
    deadline.clear();
    advance(seconds{5});
    EXPECT_EQ(listener.fired, 0);
}

TEST_F(DeadlineTest, UnlimitedFiresNever) {
    deadline.expire_after(gyre::unlimited);
    EXPECT_FALSE(deadline.armed());
}

TEST_F(DeadlineTest, DoesNotKeepRunGoing) {
    deadline.expire_after(seconds{1});
    reactor().run();
}

TEST_F(DeadlineTest, ItsListenerMayArmItAgain) {
    listener.then = [this] { deadline.expire_after(milliseconds{500}); };
    deadline.expire_after(milliseconds{500});
    for (int i = 0; i < 7; ++i)
        advance(milliseconds{200});
    EXPECT_EQ(listener.fired, 2);
}

TEST_F(DeadlineTest, ItsListenerMayDestroyAnotherOfTheSameTick) {
    Listener second;
    auto other = std::make_unique<Deadline>(reference, second);
    listener.then = [&] { other.reset(); };
    deadline.expire_after(seconds{1});
    other->expire_after(seconds{1});
    advance(seconds{2});
    EXPECT_EQ(listener.fired + second.fired, 1);
}

TEST_F(DeadlineTest, IsInertWithoutItsReactor) {
    deadline.expire_after(seconds{1});
    reactor_holder.reset();
    EXPECT_FALSE(deadline.armed());
    deadline.expire_after(seconds{1});
    EXPECT_FALSE(deadline.armed());
}

TEST_F(DeadlineTest, SetOutsideOfRunCountsFromThen) {
    settle();
    clock->advance(seconds{40});  // the loop has not turned since
    deadline.expire_after(seconds{30});
    settle();
    EXPECT_EQ(listener.fired, 0);
    advance(seconds{31});
    EXPECT_EQ(listener.fired, 1);
}

}  // namespace
}  // namespace gyre::test
