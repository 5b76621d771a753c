#include "support/reactor_fixture.hpp"
#include <gyre/asio.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <stdexcept>
#include <thread>

namespace gyre::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

class AsioTest : public ReactorTest {
protected:
    AsioTest() { make_reactor({}); }
};

TEST_F(AsioTest, TimersOfBothInTurns) {
    std::string order;
    asio::steady_timer timer{asio_context(reactor()), milliseconds{5}};
    timer.async_wait([&](const error_code&) {
        order += 'a';
        reactor().call_later(milliseconds{5}, [&] {
            order += 'g';
            timer.expires_after(milliseconds{5});
            timer.async_wait([&](const error_code&) { order += 'b'; });
        });
    });
    reactor().run();
    EXPECT_EQ(order, "agb");
}

TEST_F(AsioTest, ASocketBesideReactorCallbacks) {
    auto& context = asio_context(reactor());
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    tcp::socket client{context};
    tcp::socket served{context};
    std::string text(5, ' ');
    int gyre_calls = 0;
    acceptor.async_accept(served, [&](const error_code& failed) {
        ASSERT_FALSE(failed);
        reactor().add_callback([&] {
            ++gyre_calls;
            asio::async_write(served, asio::buffer("hello", 5), [](error_code, std::size_t) {});
        });
    });
    client.async_connect(acceptor.local_endpoint(), [&](const error_code& failed) {
        ASSERT_FALSE(failed);
        asio::async_read(client, asio::buffer(text), [&](error_code, std::size_t) {
            reactor().call_later(milliseconds{1}, [&] { ++gyre_calls; });
        });
    });
    reactor().run();
    EXPECT_EQ(text, "hello");
    EXPECT_EQ(gyre_calls, 2);
}

TEST_F(AsioTest, WithNothingInItRunReturns) {
    asio_context(reactor());
    ExpectOnce once;
    reactor().call_later(milliseconds{1}, once([] {}));
    reactor().run();
}

TEST_F(AsioTest, AnExceptionIsReportedAndTheLoopGoesOn) {
    ExpectOnce once;
    asio::post(asio_context(reactor()), [] { throw std::runtime_error{"in asio"}; });
    asio::post(asio_context(reactor()), once([] {}));
    reactor().run();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], Errc::unhandled_exception);
}

TEST_F(AsioTest, DestroyingTheReactorDestroysHandlersUncalled) {
    Captures captures;
    {
        asio::steady_timer timer{asio_context(reactor()), std::chrono::hours{1}};
        timer.async_wait([token = captures.token()](const error_code&) {});
        asio::post(asio_context(reactor()), [token = captures.token()] { ADD_FAILURE(); });
    }
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
}

TEST_F(AsioTest, StopEndsAWaitInAsio) {
    asio::steady_timer timer{asio_context(reactor()), std::chrono::hours{1}};
    timer.async_wait([](const error_code&) {});
    std::thread stopper{[this] { reactor().stop(); }};
    reactor().run();
    stopper.join();
    timer.cancel();
    reactor().run();
}

TEST_F(AsioTest, APostFromAnotherThreadEndsTheWait) {
    const Timeout keep = reactor().call_later(std::chrono::hours{1}, [] {});
    auto& context = asio_context(reactor());
    std::thread poster{[&] { asio::post(context, [&] { keep.cancel(); }); }};
    reactor().run();
    poster.join();
}

TEST_F(AsioTest, HandlersThatPostForEverDoNotStarveTheReactor) {
    auto& context = asio_context(reactor());
    bool done = false;
    std::function<void()> again = [&] {
        if (!done) asio::post(context, [&] { again(); });
    };
    again();
    reactor().call_later(milliseconds{1}, [&] { done = true; });
    reactor().run();
    EXPECT_TRUE(done);
}

TEST_F(AsioTest, ErrorsInGyresTerms) {
    namespace error = asio::error;
    EXPECT_FALSE(asio_error({}));
    EXPECT_EQ(asio_error(error::eof), Errc::end_of_stream);
    EXPECT_EQ(asio_error(error::connection_refused), Errc::connection_refused);
    EXPECT_EQ(asio_error(error::connection_refused).category(), "system");
    EXPECT_EQ(asio_error(error::host_not_found), Errc::host_not_found);
    EXPECT_EQ(asio_error(error::host_not_found_try_again), Errc::resolver_failed);
    EXPECT_EQ(asio_error(error::timed_out), Errc::timed_out);
    {
        const Error canceled = asio_error(error::operation_aborted);
    }  // nobody needs to look
}

}  // namespace
}  // namespace gyre::test
