// Reactor::add_handler and the poller below it.
#include "poller.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/reactor.hpp>

#include <array>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::test {
namespace {

class Pipe {
public:
    Pipe() {
        if (::pipe2(ends_.data(), O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_writer();
        ::close(ends_[0]);
    }
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }
    void put() const { ASSERT_EQ(::write(ends_[1], "x", 1), 1); }
    void take() const {
        char byte = 0;
        ASSERT_EQ(::read(ends_[0], &byte, 1), 1);
    }
    void close_writer() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

class DescriptorTest : public ReactorTest {
protected:
    void TearDown() override {
        reactor().remove_handler(pipe.reader());
        ReactorTest::TearDown();
    }
    Pipe pipe;
};

TEST_F(DescriptorTest, ReadableIsTold) {
    ExpectOnce once;
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::read,
                                       once([this](int descriptor, IOEvents events) {
                                           EXPECT_EQ(descriptor, pipe.reader());
                                           EXPECT_TRUE(events & IOEvents::read);
                                           pipe.take();
                                       })));
    settle();
    pipe.put();
    settle();
}

TEST_F(DescriptorTest, IsLevelTriggered) {
    int calls = 0;
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::read, [&](int, IOEvents) {
        if (++calls == 3) pipe.take();
    }));
    pipe.put();
    settle();
    EXPECT_EQ(calls, 3);
}

TEST_F(DescriptorTest, WritableIsTold) {
    ExpectOnce once;
    ASSERT_FALSE(reactor().add_handler(pipe.writer(), IOEvents::write,
                                       once([this](int descriptor, IOEvents events) {
                                           EXPECT_TRUE(events & IOEvents::write);
                                           reactor().remove_handler(descriptor);
                                       })));
    settle();
}

TEST_F(DescriptorTest, HangUpCountsAsError) {
    ExpectOnce once;
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::read,
                                       once([this](int descriptor, IOEvents events) {
                                           EXPECT_TRUE(events & IOEvents::error);
                                           reactor().remove_handler(descriptor);
                                       })));
    pipe.close_writer();
    settle();
}

TEST_F(DescriptorTest, ASecondHandlerIsRefused) {
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::read, [](int, IOEvents) {}));
    EXPECT_EQ(reactor().add_handler(pipe.reader(), IOEvents::read, [](int, IOEvents) {}),
              Errc::already_in_progress);
}

TEST_F(DescriptorTest, WhatCannotBeWatchedIsRefused) {
    EXPECT_EQ(reactor().add_handler(-1, IOEvents::read, [](int, IOEvents) {}),
              Errc::invalid_argument);
    EXPECT_EQ(reactor().add_handler(pipe.reader(), IOEvents::read, {}), Errc::invalid_argument);
    EXPECT_EQ(reactor().update_handler(pipe.reader(), IOEvents::read), Errc::invalid_argument);
}

TEST_F(DescriptorTest, UpdateChangesWhatIsWatched) {
    int calls = 0;
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::none, [&](int, IOEvents) {
        ++calls;
        pipe.take();
    }));
    pipe.put();
    settle();
    EXPECT_EQ(calls, 0);
    ASSERT_FALSE(reactor().update_handler(pipe.reader(), IOEvents::read));
    settle();
    EXPECT_EQ(calls, 1);
}

TEST_F(DescriptorTest, OneMayRemoveAnotherOfTheSameTurn) {
    Pipe second;
    int calls = 0;
    const auto handler = [&](int, IOEvents) {
        ++calls;
        reactor().remove_handler(pipe.reader());
        reactor().remove_handler(second.reader());
    };
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::read, handler));
    ASSERT_FALSE(reactor().add_handler(second.reader(), IOEvents::read, handler));
    pipe.put();
    second.put();
    settle();
    EXPECT_EQ(calls, 1);
}

TEST_F(DescriptorTest, StopLeavesTheOthersOfTheTurnForLater) {
    Pipe second;
    int calls = 0;
    const auto handler = [&](int descriptor, IOEvents) {
        ++calls;
        reactor().remove_handler(descriptor);
        reactor().stop();
    };
    ASSERT_FALSE(reactor().add_handler(pipe.reader(), IOEvents::read, handler));
    ASSERT_FALSE(reactor().add_handler(second.reader(), IOEvents::read, handler));
    pipe.put();
    second.put();
    reactor().run();
    EXPECT_EQ(calls, 1);
    reactor().run();
    EXPECT_EQ(calls, 2);
}

TEST_F(DescriptorTest, RemovingOneThatIsNotThereIsAllowed) { reactor().remove_handler(12345); }

/// The poller on its own.
struct Counter final : detail::PollListener {
    void on_poll_events(std::uint32_t) noexcept override {
        ++calls;
        if (remove_other) poller->remove(other_descriptor, *remove_other);
    }
    int calls = 0;
    detail::Poller* poller = nullptr;
    int other_descriptor = -1;
    Counter* remove_other = nullptr;
};

TEST(PollerTest, RemovedWithinABatchGetsNothingMore) {
    detail::Poller poller;
    Pipe first_pipe;
    Pipe second_pipe;
    Counter first;
    Counter second;
    first.poller = second.poller = &poller;
    first.other_descriptor = second_pipe.reader();
    second.other_descriptor = first_pipe.reader();
    first.remove_other = &second;
    second.remove_other = &first;
    ASSERT_FALSE(poller.add(first_pipe.reader(), EPOLLIN, first));
    ASSERT_FALSE(poller.add(second_pipe.reader(), EPOLLIN, second));
    first_pipe.put();
    second_pipe.put();
    ASSERT_TRUE(poller.wait(Duration::zero()));
    while (poller.dispatch_next()) {
    }
    EXPECT_EQ(first.calls + second.calls, 1);
}

TEST(PollerTest, WaitsAtLeastAsLongAsTold) {
    detail::Poller poller;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(poller.wait(std::chrono::microseconds{1500}));
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::microseconds{1500});
}

TEST(PollerTest, ModifyTellsOfAClosedDescriptor) {
    detail::Poller poller;
    Counter counter;
    EXPECT_FALSE(poller.modify(12345, EPOLLIN, counter));
}

}  // namespace
}  // namespace gyre::test
