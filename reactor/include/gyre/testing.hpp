#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/iostream.hpp>
#include <gyre/limits.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/pending.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/unused_port.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

// Tests of callback code with GoogleTest, which a program that includes this header has to link.
namespace gyre::test {

/// Wraps callables and fails the test, at the place where this was made, if they were not called as
/// often as they should have been: `ExpectCalls twice{2}; stream.on_data(twice([](…) { … }));`. It
/// must live as long as what it has wrapped.
class ExpectCalls {
public:
    explicit ExpectCalls(int times, std::source_location place = std::source_location::current())
        : times_(times), place_(place) {}
    ExpectCalls(const ExpectCalls&) = delete;
    ExpectCalls& operator=(const ExpectCalls&) = delete;
    ~ExpectCalls() {
        EXPECT_EQ(calls_, times_) << "expected at " << place_.file_name() << ':' << place_.line();
    }

    template <class F>
    auto operator()(F function) {
        return [this, function = std::move(function)](
                   auto&&... args) mutable -> std::invoke_result_t<F&, decltype(args)...> {
            ++calls_;
            return function(std::forward<decltype(args)>(args)...);
        };
    }
    int calls() const noexcept { return calls_; }

private:
    int calls_ = 0;
    int times_;
    std::source_location place_;
};

/// A callback that must be called exactly once.
class ExpectOnce : public ExpectCalls {
public:
    explicit ExpectOnce(std::source_location place = std::source_location::current())
        : ExpectCalls(1, place) {}
};

/// A callback that must not be called.
class ExpectNever : public ExpectCalls {
public:
    explicit ExpectNever(std::source_location place = std::source_location::current())
        : ExpectCalls(0, place) {}
};

/// Tells whether captures have been released: capture `token()`, then ask.
class Captures {
public:
    std::shared_ptr<int> token() {
        auto token = std::make_shared<int>(0);
        tokens_.push_back(token);
        return token;
    }
    bool released() const {
        for (const std::weak_ptr<int>& token : tokens_)
            if (!token.expired()) return false;
        return true;
    }

private:
    std::vector<std::weak_ptr<int>> tokens_;
};

/// A fixture with a reactor whose clock is moved by hand (Twisted's trial, Tornado's
/// `AsyncTestCase`). The test fails if the reactor is not clean at its end: if errors were reported
/// that it did not take with `take_reports`, or if something still waits, which is listed with the
/// place where it was registered.
class ReactorTest : public ::testing::Test {
protected:
    ReactorTest() { make_reactor({.clock = clock}); }

    /// Another reactor in place of the one there is; without a clock, one on real time.
    void make_reactor(ReactorOptions options) {
        reactor_holder.reset();
        // A busy machine may hold up any callback; who tests for that says so.
        if (options.slow_callback == ReactorOptions::default_slow_callback())
            options.slow_callback = unlimited;
        reactor_holder.emplace(std::move(options));
        reactor_holder->on_unhandled_error(
            [this](const Error& error) { reports.push_back(error); });
    }
    void TearDown() override {
        // The library's own steps, such as those that free a server, are no work of the test's.
        if (reactor_holder && reactor().has_work() && waits_for_nothing_of_the_tests()) settle();
        for (const Error& error : reports)
            ADD_FAILURE() << "reported: " << error;
        if (!reactor_holder || !reactor().has_work()) return;
        ADD_FAILURE() << "work is left";
        for (const PendingOperation& operation : reactor().pending())
            if (operation.keeps_running) ADD_FAILURE() << "still waiting: " << operation;
    }
    bool waits_for_nothing_of_the_tests() {
        for (const PendingOperation& operation : reactor().pending())
            if (operation.keeps_running && operation.place.line() != 0) return false;
        return true;
    }

    Reactor& reactor() { return *reactor_holder; }
    /// The errors that nobody looked at, and exceptions that left callbacks, since the last call.
    std::vector<Error> take_reports() { return std::exchange(reports, {}); }
    /// Turns the loop until nothing is ready any more.
    void settle() {
        for (int i = 0; reactor_holder && i < 10'000 && reactor().poll() > 0; ++i) {
        }
    }
    /// Moves the clock, then settles.
    void advance(Duration step) {
        clock->advance(step);
        settle();
    }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::vector<Error> reports;
    std::optional<Reactor> reactor_holder;
};

/// Two streams that are each other's peer, without sockets.
inline std::pair<IOStream, IOStream> make_stream_pair(Reactor& reactor,
                                                      const IOStreamOptions& options = {}) {
    auto [first, second] = make_memory_pair(reactor);
    return {IOStream{reactor, std::move(first), options},
            IOStream{reactor, std::move(second), options}};
}

}  // namespace gyre::test
