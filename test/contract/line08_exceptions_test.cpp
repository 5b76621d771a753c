#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/log.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

#include <stdexcept>

namespace gyre::test {
namespace {

// Lines 7 and 8: a callback may throw; what leaves it is reported with its place, and all else goes
// on. (Closing, destroying, canceling and starting again inside: the matrix.)
using ExceptionsTest = ReactorTest;

TEST_F(ExceptionsTest, BecomesAnErrorWithTheCallbacksPlace) {
    const unsigned line = std::source_location::current().line() + 1;
    reactor().add_callback([] { throw std::runtime_error{"boom"}; });
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::unhandled_exception);
    EXPECT_EQ(told[0].place().line(), line);
    EXPECT_NE(told[0].message().find("boom"), std::string::npos);
}

TEST_F(ExceptionsTest, ReportsAreDeliveredBeforeRunReturns) {
    reactor().add_callback([] { throw 1; });
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ExceptionsTest, AStreamGoesOnAfterItsReadersException) {
    auto [first, second] = make_memory_pair(reactor());
    const IOStream stream{reactor(), std::move(first)};
    const IOStream peer{reactor(), std::move(second)};
    std::string got;
    stream.on_data([&](std::string_view bytes) {
        got += bytes;
        if (got == "a") throw std::runtime_error{"once"};
    });
    peer.write("a");
    settle();
    peer.write("b");
    settle();
    EXPECT_EQ(got, "ab");
    EXPECT_EQ(take_reports().size(), 1U);
    stream.close();
    settle();
}

TEST_F(ExceptionsTest, WithoutAHandlerItIsLogged) {
    reactor().on_unhandled_error({});
    std::string lines;
    set_log_handler([&](LogLevel, std::string_view line) { lines += line; });
    reactor().add_callback([] { throw std::runtime_error{"to the log"}; });
    settle();
    set_log_handler({});
    EXPECT_NE(lines.find("to the log"), std::string::npos);
    EXPECT_NE(lines.find("line08_exceptions_test.cpp"), std::string::npos);
}

}  // namespace
}  // namespace gyre::test
