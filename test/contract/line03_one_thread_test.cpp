#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

#include <atomic>
#include <thread>

namespace gyre::test {
namespace {

// Line 3: one at a time, on the reactor's thread; handles may be let go of elsewhere.
class OneThreadTest : public ReactorTest {
protected:
    OneThreadTest() { make_reactor({}); }
};

TEST_F(OneThreadTest, CallbacksFromOtherThreadsRunOnTheReactorsOneAtATime) {
    int inside = 0;
    int calls = 0;
    const auto home = std::this_thread::get_id();
    const Timeout keep = reactor().call_later(std::chrono::hours{1}, [] {});
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 100; ++j)
                reactor().add_callback([&] {
                    EXPECT_EQ(++inside, 1);
                    EXPECT_EQ(std::this_thread::get_id(), home);
                    if (++calls == 300) keep.cancel();
                    --inside;
                });
        });
    reactor().run();
    for (std::thread& thread : threads)
        thread.join();
}

TEST_F(OneThreadTest, HandlesAreCopiedAndDestroyedOnAnotherThreadWhileItRuns) {
    auto [first, second] = make_memory_pair(reactor());
    IOStream stream{reactor(), std::move(first)};
    const IOStream peer{reactor(), std::move(second)};
    Captures captures;
    stream.on_data([token = captures.token(), stream](std::string_view) { stream.close(); });
    std::atomic<bool> go_on{true};
    std::thread copier{[&go_on, moved = std::exchange(stream, {})]() mutable {
        while (go_on)
            const IOStream copy = moved;
        moved = {};
    }};
    peer.write("x");
    reactor().run();
    go_on = false;
    copier.join();
    EXPECT_TRUE(captures.released());
}

TEST_F(OneThreadTest, TimeoutsAndErrorsToo) {
    Timeout timeout = reactor().call_later(std::chrono::milliseconds{1}, [] {});
    Error error{Errc::timed_out, "elsewhere"};
    std::thread{[t = std::move(timeout), e = error] {}}.join();
    EXPECT_EQ(error, Errc::timed_out);
    reactor().run();
}

TEST_F(OneThreadTest, ExecutorClosuresDieAtHome) {
    struct Note {
        std::thread::id* where;
        explicit Note(std::thread::id& into) : where(&into) {}
        Note(Note&& other) noexcept : where(std::exchange(other.where, nullptr)) {}
        ~Note() {
            if (where) *where = std::this_thread::get_id();
        }
    };
    std::thread::id died;
    reactor().run_in_executor([note = Note{died}] {}, [](const Error& e) { EXPECT_FALSE(e); });
    reactor().run();
    EXPECT_EQ(died, std::this_thread::get_id());
}

}  // namespace
}  // namespace gyre::test
