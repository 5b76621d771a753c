#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/log.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

namespace gyre::test {
namespace {

// Line 9: an error that nobody looked at is reported with the place of the callback that got it.
class NoSilentErrorTest : public ReactorTest {
protected:
    void SetUp() override {
        auto [first, second] = make_memory_pair(reactor());
        stream = IOStream{reactor(), std::move(first)};
        peer = std::move(second);
    }
    IOStream stream;
    std::unique_ptr<Transport> peer;
};

TEST_F(NoSilentErrorTest, AReadsErrorThatIsNotLookedAt) {
    const unsigned line = std::source_location::current().line() + 1;
    stream.read_bytes(1, [](const Error&, const std::string&) {});
    peer->abort();
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].place().line(), line);
}

TEST_F(NoSilentErrorTest, LookedAtOnceIsEnoughForAllWhoGetIt) {
    stream.read_bytes(1, [](const Error& error, const std::string&) { EXPECT_TRUE(error); });
    stream.set_close_callback([](const Error&) {});
    peer->abort();
    settle();
}

TEST_F(NoSilentErrorTest, WhatTheProgramAskedForIsBornLookedAt) {
    stream.read_bytes(1, [](const Error&, const std::string&) {});
    stream.close();
    settle();
}

TEST_F(NoSilentErrorTest, AnErrorThatIsReturnedAndIgnored) {
    reactor().add_handler(-1, IOEvents::read, [](int, IOEvents) {});
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
    stream.close();
    settle();
}

TEST_F(NoSilentErrorTest, KeptUntilLaterIsReportedThen) {
    Error kept;
    stream.read_bytes(1, [&](Error error, const std::string&) { kept = std::move(error); });
    peer->abort();
    settle();
    EXPECT_TRUE(reports.empty());
    kept = {};
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(NoSilentErrorTest, ALogHandlerMayLoseOneWhileAnotherIsLogged) {
    int lines = 0;
    set_log_handler([&](LogLevel, std::string_view) {
        // The log is not told of this one, or it would go round for ever.
        if (++lines == 1) const Error lost{Errc::timed_out, "in the log"};
    });
    reactor().on_unhandled_error(
        [](const Error&) { const Error lost{Errc::timed_out, "in the handler"}; });
    reactor().add_callback([] { const Error lost{Errc::timed_out, "in a callback"}; });
    settle();
    set_log_handler({});
    EXPECT_EQ(lines, 1);
}

}  // namespace
}  // namespace gyre::test
