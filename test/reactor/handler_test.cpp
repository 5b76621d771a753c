#include "support/reactor_fixture.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/handler.hpp>

#include <functional>
#include <stdexcept>

namespace gyre::test {
namespace {

using HandlerTest = ReactorTest;
using IntHandler = Handler<void(int)>;

TEST_F(HandlerTest, CallsManyTimes) {
    int sum = 0;
    const IntHandler handler = [&](int value) { sum += value; };
    handler(1);
    handler(2);
    EXPECT_EQ(sum, 3);
}

TEST_F(HandlerTest, CopiesShareOneTarget) {
    int last = 0;
    IntHandler handler = [&last, count = std::make_unique<int>(0)](int) { last = ++*count; };
    const IntHandler copy = handler;  // NOLINT(performance-unnecessary-copy-initialization)
    handler(0);
    copy(0);
    EXPECT_EQ(last, 2);
}

TEST_F(HandlerTest, AnEmptyOneDoesNothing) {
    const IntHandler handler;
    handler(1);
    EXPECT_FALSE(handler);
    EXPECT_FALSE(IntHandler{std::function<void(int)>{}});
    EXPECT_EQ(handler.place().line(), 0U);
}

TEST_F(HandlerTest, NeverCalledIsNoNews) {
    const IntHandler handler = [](int) {};
    EXPECT_TRUE(handler);
}

TEST_F(HandlerTest, KnowsItsPlace) {
    const IntHandler handler = [](int) {};
    EXPECT_EQ(handler.place().line(), std::source_location::current().line() - 1);
}

TEST_F(HandlerTest, MayReplaceItselfInside) {
    Captures captures;
    IntHandler handler;
    handler = [&handler, token = captures.token()](int) { handler = {}; };
    EXPECT_TRUE(detail::dispatch(handler, 1));
    EXPECT_FALSE(handler);
    EXPECT_TRUE(captures.released());
}

TEST_F(HandlerTest, AnExceptionIsReportedAndTheHandlerLives) {
    const IntHandler handler = [](int value) {
        if (value == 1) throw std::runtime_error{"one"};
    };
    EXPECT_FALSE(detail::dispatch(handler, 1));
    EXPECT_TRUE(detail::dispatch(handler, 2));
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].place().line(), handler.place().line());
}

TEST_F(HandlerTest, AnExceptionThatIsNoStdException) {
    EXPECT_FALSE(detail::dispatch(IntHandler{[](int) { throw 42; }}, 1));
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

}  // namespace
}  // namespace gyre::test
