#pragma once

#include "reactor_core.hpp"
#include <gyre/reactor.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace gyre::test {

/// Wraps a callable and fails the test, at the place where this was made, if it was not called as
/// often as it should have been: `ExpectCalls once{1}; reactor.add_callback(once([] { … }));`
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

class ExpectOnce : public ExpectCalls {
public:
    explicit ExpectOnce(std::source_location place = std::source_location::current())
        : ExpectCalls(1, place) {}
};

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

/// A reactor with a clock that is moved by hand. The test fails if errors were reported that it did
/// not take with `take_reports`, or if the reactor still has work at the end.
class ReactorTest : public testing::Test {
protected:
    ReactorTest() { make_reactor({.clock = clock}); }

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
        for (const Error& error : reports)
            ADD_FAILURE() << "reported: " << error;
        const bool has_work = reactor_holder && detail::ReactorCore::of(*reactor_holder).has_work();
        EXPECT_FALSE(has_work) << "work is left";
    }

    Reactor& reactor() { return *reactor_holder; }
    std::vector<Error> take_reports() { return std::exchange(reports, {}); }
    /// Turns the loop until nothing is ready any more.
    void settle() {
        for (int i = 0; reactor_holder && i < 10'000 && reactor().poll() > 0; ++i) {
        }
    }
    void advance(Duration step) {
        clock->advance(step);
        settle();
    }

    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::vector<Error> reports;
    std::optional<Reactor> reactor_holder;
};

}  // namespace gyre::test
