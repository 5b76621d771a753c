#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

namespace gyre::test {
namespace {

// Line 1: an initiating function returns before its callback runs, also when arguments are wrong.
class NeverInlineTest : public ReactorTest {
protected:
    /// A callback for anything, which notes that it came.
    auto note() {
        return [this](auto&&...) { ++calls; };
    }
    void expect_later(int count) {
        EXPECT_EQ(calls, 0) << "called inline";
        settle();
        EXPECT_EQ(calls, count);
        take_reports();
    }
    IOStream open_stream() {
        auto [first, second] = make_memory_pair(reactor());
        peer = IOStream{reactor(), std::move(second)};
        return IOStream{reactor(), std::move(first)};
    }
    IOStream peer;
    int calls = 0;
};

TEST_F(NeverInlineTest, AddCallback) {
    reactor().add_callback(note());
    expect_later(1);
}

TEST_F(NeverInlineTest, ATimerThatIsDue) {
    reactor().call_later(Duration::zero(), note());
    reactor().call_at(TimePoint{}, note());
    expect_later(2);
}

TEST_F(NeverInlineTest, AWriteThatGoesOutAtOnce) {
    const IOStream stream = open_stream();
    stream.write("x", note());
    expect_later(1);
    stream.close();
    settle();
}

TEST_F(NeverInlineTest, AReadOfWhatIsThere) {
    const IOStream stream = open_stream();
    peer.write("abc");
    settle();
    stream.read_bytes(3, note());
    expect_later(1);
    stream.close();
    settle();
}

TEST_F(NeverInlineTest, WrongArguments) {
    const IOStream stream = open_stream();
    stream.read_until("", note());
    stream.read_some(0, note());
    stream.read_bytes(static_cast<std::size_t>(-1), note());
    expect_later(3);
    stream.close();
    settle();
}

TEST_F(NeverInlineTest, CloseWithAWaitingRead) {
    const IOStream stream = open_stream();
    stream.read_bytes(3, note());
    stream.set_close_callback(note());
    stream.close();
    expect_later(2);
}

TEST_F(NeverInlineTest, AClosedStream) {
    const IOStream stream = open_stream();
    stream.abort();
    settle();
    stream.read_bytes(1, note());
    stream.write("x", note());
    stream.set_close_callback(note());
    expect_later(3);
}

TEST_F(NeverInlineTest, AlsoWithinAnotherCallback) {
    const IOStream stream = open_stream();
    reactor().add_callback([&] {
        stream.write("x", note());
        EXPECT_EQ(calls, 0);
    });
    expect_later(1);
    stream.close();
    settle();
}

}  // namespace
}  // namespace gyre::test
