#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

namespace gyre::test {
namespace {

// Line 4: the terminal event comes once and last, and releases every callback the object holds.
class TerminalEventTest : public ReactorTest, public testing::WithParamInterface<int> {};

TEST_P(TerminalEventTest, ReleasesCyclesThroughTheObjectsOwnCallbacks) {
    auto [first, second] = make_memory_pair(reactor(), {.capacity = 1});
    const IOStream stream{reactor(), std::move(first)};
    const IOStream peer{reactor(), std::move(second)};
    peer.set_close_callback([](const Error& error) { error.ignore("the test is of the other"); });
    Captures captures;
    std::string order;
    stream.on_data([&, token = captures.token(), stream](std::string_view) { order += 'd'; });
    stream.set_drain_callback([token = captures.token(), stream] {});
    stream.write("abc", [&, token = captures.token(), stream](const Error&) { order += 'w'; });
    stream.set_close_callback([&, token = captures.token(), stream](const Error& error) {
        error.ignore("either way");
        order += 'c';
    });
    peer.write("x");
    switch (GetParam()) {
        case 0:
            stream.abort();
            break;
        case 1:
            peer.abort();
            break;
        case 2:
            stream.close();
            break;
        default:
            peer.close();
            break;
    }
    peer.on_data([](std::string_view) {});
    settle();
    EXPECT_EQ(order.find('c'), order.size() - 1) << order;
    EXPECT_TRUE(captures.released());
    peer.close();
    settle();
}

INSTANTIATE_TEST_SUITE_P(HowItEnds, TerminalEventTest, testing::Range(0, 4));

}  // namespace
}  // namespace gyre::test
