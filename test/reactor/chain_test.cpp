#include "chain_node.hpp"
#include "support/reactor_fixture.hpp"

#include <atomic>
#include <semaphore>
#include <set>
#include <thread>
#include <vector>

namespace gyre::test {
namespace {

using detail::ChainNode;
using detail::Origin;

class ChainTest : public ReactorTest {
protected:
    ChainTest() { detail::set_tracing(true); }
    ~ChainTest() override { detail::set_tracing(false); }
};

TEST_F(ChainTest, NodesThatAnotherThreadReleasesServeAgain) {
    std::set<const ChainNode*> used;
    std::vector<Origin> origins;
    const auto make = [&] {
        for (int i = 0; i < 200; ++i) {
            origins.emplace_back(std::source_location::current());
            used.insert(origins.back().node());
        }
    };
    // One thread makes all of them, this one releases all.
    std::binary_semaphore wanted{0};
    std::binary_semaphore made{0};
    constexpr int rounds = 100;
    std::thread maker{[&] {
        for (int i = 0; i < rounds; ++i) {
            wanted.acquire();
            make();
            made.release();
        }
    }};
    for (int i = 0; i < rounds; ++i) {
        wanted.release();
        made.acquire();
        origins.clear();
    }
    maker.join();
    EXPECT_LT(used.size(), 2000U);  // of 20,000
}

TEST_F(ChainTest, ReactorsOnSeveralThreadsRunCopiesOfOneHandler) {
    std::atomic<int> calls{0};
    const Handler<void()> handler{[&] { ++calls; }};
    const auto run = [&] {
        Reactor own;
        for (int i = 0; i < 100; ++i)
            own.add_callback([&] { detail::dispatch(handler); });
        own.run();
    };
    std::thread other{run};
    run();
    other.join();
    EXPECT_EQ(calls, 200);
}

}  // namespace
}  // namespace gyre::test
