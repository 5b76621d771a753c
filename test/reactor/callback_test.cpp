#include "support/reactor_fixture.hpp"
#include <gyre/callback.hpp>

#include <array>
#include <functional>
#include <string>

namespace gyre::test {
namespace {

using CallbackTest = ReactorTest;
using IntCallback = Callback<void(int)>;

int last_seen = 0;
void plain_function(int value) { last_seen = value; }

TEST_F(CallbackTest, FromALambda) {
    int seen = 0;
    IntCallback callback = [&](int value) { seen = value; };
    EXPECT_TRUE(callback);
    std::move(callback)(7);
    EXPECT_EQ(seen, 7);
    EXPECT_FALSE(callback);
}

TEST_F(CallbackTest, FromAnLvalueLambdaCopiesIt) {
    int calls = 0;
    const auto lambda = [&calls](int) { ++calls; };
    IntCallback first = lambda;
    IntCallback second = lambda;
    std::move(first)(1);
    std::move(second)(2);
    EXPECT_EQ(calls, 2);
}

TEST_F(CallbackTest, FromALambdaWithoutCaptures) {
    last_seen = 0;
    IntCallback callback = [](int value) { last_seen = value; };
    std::move(callback)(3);
    EXPECT_EQ(last_seen, 3);
}

TEST_F(CallbackTest, FromAMoveOnlyCapture) {
    int seen = 0;
    IntCallback callback = [&seen, number = std::make_unique<int>(5)](int) { seen = *number; };
    std::move(callback)(0);
    EXPECT_EQ(seen, 5);
}

TEST_F(CallbackTest, FromAFunctionAndItsPointer) {
    IntCallback by_pointer = &plain_function;
    std::move(by_pointer)(4);
    EXPECT_EQ(last_seen, 4);
    IntCallback by_name = plain_function;
    std::move(by_name)(5);
    EXPECT_EQ(last_seen, 5);
}

TEST_F(CallbackTest, FromAStdFunction) {
    int seen = 0;
    const std::function<void(int)> function = [&](int value) { seen = value; };
    IntCallback callback = function;
    std::move(callback)(6);
    EXPECT_EQ(seen, 6);
}

TEST_F(CallbackTest, FromAnEmptyStdFunctionOrNullPointerIsEmpty) {
    const IntCallback from_function = std::function<void(int)>{};
    void (*none)(int) = nullptr;
    const IntCallback from_pointer = none;
    EXPECT_FALSE(from_function);
    EXPECT_FALSE(from_pointer);
    EXPECT_FALSE(IntCallback{nullptr});
}

TEST_F(CallbackTest, AResultIsIgnored) {
    IntCallback callback = [](int value) { return value; };
    std::move(callback)(1);
}

TEST_F(CallbackTest, CallingAnEmptyOneDoesNothing) {
    IntCallback callback;
    std::move(callback)(1);
}

TEST_F(CallbackTest, LargeCapturesMoveWithIt) {
    std::array<int, 100> numbers{};
    numbers[99] = 42;
    int seen = 0;
    IntCallback callback = [numbers, &seen](int) { seen = numbers[99]; };
    IntCallback moved = std::move(callback);
    EXPECT_FALSE(callback);  // NOLINT(bugprone-use-after-move)
    std::move(moved)(0);
    EXPECT_EQ(seen, 42);
}

TEST_F(CallbackTest, CapturesDieWithTheCall) {
    Captures captures;
    IntCallback callback = [token = captures.token()](int) {};
    std::move(callback)(0);
    EXPECT_TRUE(captures.released());
}

TEST_F(CallbackTest, CapturesDieWhenTheCallThrows) {
    Captures captures;
    IntCallback callback = [token = captures.token()](int) { throw 1; };
    EXPECT_THROW(std::move(callback)(0), int);
    EXPECT_TRUE(captures.released());
    EXPECT_FALSE(callback);
}

TEST_F(CallbackTest, CallAndKeepKeepsTheCaptures) {
    Captures captures;
    int calls = 0;
    IntCallback callback = [&calls, token = captures.token()](int) { ++calls; };
    callback.call_and_keep(0);
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(captures.released());
    callback.discard();
    EXPECT_TRUE(captures.released());
}

TEST_F(CallbackTest, MovedKeepsItsPlace) {
    IntCallback callback = [](int) {};
    const unsigned line = callback.place().line();
    IntCallback moved = std::move(callback);
    IntCallback assigned;
    assigned = std::move(moved);
    EXPECT_EQ(assigned.place().line(), line);
    EXPECT_EQ(assigned.place().file_name(), std::source_location::current().file_name());
    assigned.discard();
}

TEST_F(CallbackTest, AWrapperHandsThePlaceOn) {
    const auto wrap = [](IntCallback inner) {
        detail::Origin origin = inner.origin();
        return IntCallback{[inner = std::move(inner)](int v) mutable { std::move(inner)(v); },
                           std::move(origin)};
    };
    IntCallback callback = [](int) {};
    const unsigned line = callback.place().line();
    IntCallback wrapped = wrap(std::move(callback));
    EXPECT_EQ(wrapped.place().line(), line);
    std::move(wrapped)(1);
}

TEST_F(CallbackTest, DropIsReportedWithItsPlace) {
    unsigned line = 0;
    {
        const IntCallback callback = [](int) {};
        line = callback.place().line();
    }
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::callback_dropped);
    EXPECT_EQ(told[0].place().line(), line);
}

TEST_F(CallbackTest, AssigningOverOneDropsIt) {
    Captures captures;
    IntCallback callback = [token = captures.token()](int) {};
    callback = [](int) {};
    EXPECT_TRUE(captures.released());
    callback.discard();
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(CallbackTest, DiscardIsSilentAlsoForThoseInside) {
    Captures captures;
    IntCallback outer = [inner = IntCallback{[token = captures.token()](int) {}}](int) {};
    outer.discard();
    EXPECT_FALSE(outer);
    EXPECT_TRUE(captures.released());
}

TEST_F(CallbackTest, ItsCapturesMayAssignToItAsTheyGo) {
    IntCallback callback;
    struct Meddler {
        IntCallback* target;
        explicit Meddler(IntCallback& callback) : target(&callback) {}
        Meddler(Meddler&& other) noexcept : target(std::exchange(other.target, nullptr)) {}
        ~Meddler() {
            if (target) target->discard();
        }
    };
    callback = [meddler = Meddler{callback}](int) {};
    const detail::QuietScope quiet;
    callback = [](int) {};
    EXPECT_FALSE(callback);
}

}  // namespace
}  // namespace gyre::test
