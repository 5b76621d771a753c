#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

namespace gyre::test {
namespace {

// Line 2: a one-shot callback comes exactly once; never, with its captures released, if its owner
// is destroyed. The matrix has this for every operation; here are the contests.
class ExactlyOnceTest : public ReactorTest {
protected:
    void SetUp() override {
        auto [first, second] = make_memory_pair(reactor(), {.capacity = 2});
        stream = IOStream{reactor(), std::move(first)};
        peer = IOStream{reactor(), std::move(second)};
        peer.set_close_callback(
            [](const Error& error) { error.ignore("the test is of the other"); });
    }
    void TearDown() override {
        peer.close();
        settle();
        ReactorTest::TearDown();
    }
    IOStream stream;
    IOStream peer;
};

TEST_F(ExactlyOnceTest, ClosedTwice) {
    ExpectOnce read;
    ExpectOnce close;
    stream.read_bytes(1, read([](const Error&, const std::string&) {}));
    stream.set_close_callback(close([](const Error&) {}));
    stream.close();
    stream.close();
    stream.abort();
    settle();
}

TEST_F(ExactlyOnceTest, ClosedWhenTheBytesHaveJustCome) {
    ExpectOnce read;
    peer.write("a");
    stream.read_bytes(
        1, read([](const Error& error, const std::string&) { EXPECT_EQ(error, Errc::canceled); }));
    stream.close();
    settle();
}

TEST_F(ExactlyOnceTest, AbortedAfterAWriteThatWentOut) {
    ExpectOnce write;
    stream.write("a", write([](const Error& error) { EXPECT_FALSE(error); }));
    stream.abort();
    settle();
}

TEST_F(ExactlyOnceTest, AbortedInTheMiddleOfQueuedWrites) {
    ExpectOnce first;
    ExpectOnce second;
    stream.write("abc", first([this](const Error& error) {
                     EXPECT_FALSE(error);
                     stream.abort();
                 }));
    stream.write("def", second([](const Error& error) { EXPECT_EQ(error, Errc::canceled); }));
    peer.read_bytes(3, [](const Error&, const std::string&) {});
    settle();
}

TEST_F(ExactlyOnceTest, PeerEndsAndStreamIsClosedInTheSameTurn) {
    ExpectOnce close;
    stream.set_close_callback(close([](const Error&) {}));
    peer.close();
    stream.close();
    settle();
}

TEST_F(ExactlyOnceTest, OutcomesOnTheirWayWhenTheReactorGoes) {
    Captures captures;
    ExpectNever never;
    stream.write("a", never([token = captures.token()](const Error&) {}));
    stream.read_bytes(1, never([token = captures.token()](const Error&, const std::string&) {}));
    stream.set_close_callback(never([token = captures.token()](const Error&) {}));
    stream.abort();
    reactor_holder.reset();
    EXPECT_TRUE(captures.released());
}

}  // namespace
}  // namespace gyre::test
