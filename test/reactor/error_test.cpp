#include "support/reactor_fixture.hpp"
#include <gyre/error.hpp>
#include <gyre/error_access.hpp>

#include <cerrno>
#include <sstream>
#include <thread>

namespace gyre::test {
namespace {

using ErrorTest = ReactorTest;

TEST_F(ErrorTest, DefaultIsSuccess) {
    const Error error;
    EXPECT_FALSE(error);
    EXPECT_EQ(error, Errc::ok);
    EXPECT_EQ(error.code(), 0);
    EXPECT_EQ(error.message(), "success");
    EXPECT_TRUE(error.trace().empty());
}

TEST_F(ErrorTest, IsOnePointer) { EXPECT_EQ(sizeof(Error), sizeof(void*)); }

TEST_F(ErrorTest, TellsKindMessageAndPlace) {
    const Error error{Errc::timed_out, "too slow"};
    EXPECT_TRUE(error);
    EXPECT_EQ(error.kind(), Errc::timed_out);
    EXPECT_EQ(error.message(), "too slow");
    EXPECT_EQ(error.category(), "gyre");
    EXPECT_EQ(error.code(), static_cast<int>(Errc::timed_out));
    EXPECT_NE(std::string_view{error.place().file_name()}.find("error_test"), std::string::npos);
}

TEST_F(ErrorTest, WithoutMessageTheKindIsTheMessage) {
    std::ostringstream out;
    out << Error{Errc::connection_refused};
    EXPECT_EQ(out.str(), "connection refused");
}

TEST_F(ErrorTest, ErrnoKeepsItsNumberAndCategory) {
    const Error error = detail::system_error(ECONNREFUSED, "connect");
    EXPECT_EQ(error, Errc::connection_refused);
    EXPECT_EQ(error.code(), ECONNREFUSED);
    EXPECT_EQ(error.category(), "system");
}

TEST_F(ErrorTest, UnseenIsReported) {
    {
        const Error error{Errc::timed_out};
    }
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ErrorTest, CopiesShareOneLook) {
    {
        const Error error{Errc::timed_out};
        const Error copy = error;  // NOLINT(performance-unnecessary-copy-initialization)
        EXPECT_TRUE(copy);
    }
    settle();
    EXPECT_TRUE(take_reports().empty());
}

TEST_F(ErrorTest, CopyingAndMovingIsNotLooking) {
    {
        Error error{Errc::timed_out};
        Error copy = error;
        Error moved = std::move(copy);
        copy = moved;
        error = std::move(moved);
        error = *&error;
    }
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ErrorTest, EveryWayOfReadingLooks) {
    const auto looks = [this](auto read) {
        {
            read(Error{Errc::timed_out});
        }
        settle();
        return take_reports().empty();
    };
    EXPECT_TRUE(looks([](const Error& e) { static_cast<void>(static_cast<bool>(e)); }));
    EXPECT_TRUE(looks([](const Error& e) { e.kind(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.code(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.category(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.message(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.phase(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.place(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.trace(); }));
    EXPECT_TRUE(looks([](const Error& e) { e.ignore("a test"); }));
    EXPECT_TRUE(looks([](const Error& e) { std::ostringstream{} << e; }));
}

TEST_F(ErrorTest, TheLibraryPeeksWithoutLooking) {
    {
        const Error error{Errc::timed_out, "x"};
        EXPECT_TRUE(detail::ErrorAccess::failed(error));
        EXPECT_EQ(detail::ErrorAccess::kind(error), Errc::timed_out);
        EXPECT_EQ(detail::ErrorAccess::message(error), "x");
    }
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ErrorTest, CopyLookedAtSaysTheSameAndIsSilent) {
    const Error error = detail::system_error(EPIPE, "write");
    detail::ErrorAccess::set_phase(error, "body");
    const Error copy = detail::ErrorAccess::copy_looked_at(error);
    EXPECT_EQ(copy.code(), EPIPE);
    EXPECT_EQ(copy.message(), error.message());
    EXPECT_EQ(copy.phase(), "body");
    {
        const Error unseen = detail::ErrorAccess::copy_looked_at(Error{error});
    }
    settle();
    EXPECT_TRUE(take_reports().empty());
}

TEST_F(ErrorTest, DyingOnAnotherThreadIsReportedHome) {
    Error error{Errc::timed_out};
    std::thread{[moved = std::move(error)]() mutable {
        const Error last = std::move(moved);
    }}.join();
    reactor().run();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ErrorTest, OutlivesItsReactor) {
    Error error{Errc::timed_out};
    reactor_holder.reset();
    EXPECT_EQ(error, Errc::timed_out);
}

TEST_F(ErrorTest, InAQuietScopeNothingIsReported) {
    {
        const detail::QuietScope quiet;
        const Error error{Errc::timed_out};
    }
    settle();
    EXPECT_TRUE(take_reports().empty());
}

TEST_F(ErrorTest, WithTwoReactorsTheOneThatRunsGetsIt) {
    Reactor second;
    std::vector<Error> seconds;
    second.on_unhandled_error([&](const Error& error) { seconds.push_back(error); });
    reactor().add_callback([] { const Error unseen{Errc::timed_out}; });
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
    second.add_callback([] { const Error unseen{Errc::timed_out}; });
    second.run();
    EXPECT_EQ(seconds.size(), 1U);
}

TEST_F(ErrorTest, WhenTheLastMadeReactorGoesTheOneBeforeGetsIt) {
    {
        const Reactor second;
    }
    {
        const Error unseen{Errc::timed_out};
    }
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(ErrorTest, AnErrorWithinTheHandlerDoesNotGoRound) {
    int told = 0;
    reactor().on_unhandled_error([&](const Error&) {
        ++told;
        const Error another{Errc::timed_out, "within"};
    });
    {
        const Error unseen{Errc::timed_out};
    }
    reactor().run();
    EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace gyre::test
