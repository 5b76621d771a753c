#include "chain_node.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/periodic_callback.hpp>
#include <gyre/trace_recording.hpp>

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <locale>
#include <optional>
#include <sstream>
#include <thread>

namespace gyre::test {
namespace {

using testing::HasSubstr;

class TraceRecordingTest : public ReactorTest {
protected:
    ~TraceRecordingTest() override { detail::set_tracing(false); }

    static std::string chrome(const TraceRecording& recording) {
        std::ostringstream out;
        recording.write_chrome_trace(out);
        return out.str();
    }
    static std::string graphviz(const TraceRecording& recording) {
        std::ostringstream out;
        recording.write_graphviz(out);
        return out.str();
    }
    static void add_from_odd_files(Reactor& reactor);
    static void add_from_files_of_one_name(Reactor& reactor);
    static std::string name(unsigned line) {
        return "trace_recording_test.cpp:" + std::to_string(line);
    }
    static std::size_t count(const std::string& text, std::string_view part) {
        std::size_t found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
            ++found;
        return found;
    }
};

TEST_F(TraceRecordingTest, EveryCallbackIsAnEvent) {
    const TraceRecording recording{reactor()};
    for (int i = 0; i < 40; ++i)
        reactor().add_callback([] {});
    settle();
    EXPECT_EQ(recording.events(), 40U);
    EXPECT_EQ(count(chrome(recording), R"("ph":"X")"), 40U);
}

TEST_F(TraceRecordingTest, ChromeGetsASliceForEachAndAnArrowFromItsParent) {
    const TraceRecording recording{reactor()};
    const unsigned first = std::source_location::current().line() + 1;
    reactor().add_callback([this] {
        const auto wait = std::chrono::seconds{1};
        reactor().call_later(wait, [] {});
    });
    settle();
    advance(std::chrono::seconds{1});
    const std::string text = chrome(recording);
    EXPECT_THAT(text, HasSubstr("{\"name\":\"" + name(first) + '"'));
    EXPECT_THAT(text, HasSubstr("{\"name\":\"" + name(first + 2) + '"'));
    EXPECT_THAT(text, HasSubstr("\"by\":\"main\""));
    EXPECT_THAT(text, HasSubstr("\"by\":\"" + name(first) + '"'));
    EXPECT_EQ(count(text, R"("ph":"s")"), 1U);
    EXPECT_EQ(count(text, R"("ph":"f")"), 1U);
}

TEST_F(TraceRecordingTest, GraphvizGetsABoxForEachPlace) {
    const TraceRecording recording{reactor()};
    const unsigned first = std::source_location::current().line() + 1;
    reactor().add_callback([this] {
        for (int i = 0; i < 3; ++i)
            reactor().add_callback([] {});
    });
    settle();
    const std::string text = graphviz(recording);
    EXPECT_THAT(text, HasSubstr("label=\"" + name(first) + "\\n1 time, "));
    EXPECT_THAT(text, HasSubstr("label=\"" + name(first + 2) + "\\n3 times, "));
    EXPECT_THAT(text, HasSubstr("[label=\"main\"]"));
    EXPECT_THAT(text, HasSubstr("[label=\"3\"]"));
}

TEST_F(TraceRecordingTest, KeepsAsMuchAsItMayAndCountsTheRest) {
    const TraceRecording recording{reactor(), {.max_events = 2}};
    for (int i = 0; i < 5; ++i)
        reactor().add_callback([] {});
    settle();
    EXPECT_EQ(recording.events(), 2U);
    EXPECT_EQ(recording.dropped(), 3U);
}

TEST_F(TraceRecordingTest, StopKeepsWhatItHas) {
    TraceRecording recording{reactor()};
    reactor().add_callback([&] { recording.stop(); });
    reactor().add_callback([] {});
    settle();
    reactor().add_callback([] {});
    settle();
    EXPECT_EQ(recording.events(), 0U);  // the first ended after the recording
}

TEST_F(TraceRecordingTest, ALaterOneTakesOver) {
    const TraceRecording first{reactor()};
    {
        const TraceRecording second{reactor()};
        reactor().add_callback([] {});
        settle();
        EXPECT_EQ(second.events(), 1U);
    }
    reactor().add_callback([] {});
    settle();
    EXPECT_EQ(first.events(), 0U);
}

TEST_F(TraceRecordingTest, OutlivesItsReactor) {
    const TraceRecording recording{reactor()};
    reactor().add_callback([] {});
    settle();
    reactor_holder.reset();
    EXPECT_EQ(recording.events(), 1U);
    EXPECT_EQ(count(chrome(recording), R"("ph":"X")"), 1U);
}

TEST_F(TraceRecordingTest, SavesInTheFormThatTheNameAsksFor) {
    const TraceRecording recording{reactor()};
    const std::string base = testing::TempDir() + "gyre_trace_recording";
    const auto saved = [&](const std::string& path) {
        EXPECT_FALSE(recording.save(path));
        std::ifstream file{path};
        std::string line;
        std::getline(file, line);
        std::remove(path.c_str());
        return line;
    };
    EXPECT_EQ(saved(base + ".dot"), "digraph callbacks {");
    EXPECT_EQ(saved(base + ".json"), R"({"displayTimeUnit":"ms","traceEvents":[)");
}

TEST_F(TraceRecordingTest, AFileThatCannotBeWrittenIsAnError) {
    const TraceRecording recording{reactor()};
    const Error error = recording.save("/no/such/folder/trace.json");
    EXPECT_EQ(error.category(), "system");
    EXPECT_THAT(error.message(), HasSubstr("/no/such/folder/trace.json"));
}

TEST_F(TraceRecordingTest, WhatWasRegisteredBeforeItIsRecordedToo) {
    const Handler<void()> handler{[] {}};
    reactor().add_callback([handler] { detail::dispatch(handler); });
    const TraceRecording recording{reactor()};
    settle();
    EXPECT_EQ(recording.events(), 2U);
    EXPECT_EQ(count(chrome(recording), R"("ph":"X")"), 2U);
}

TEST_F(TraceRecordingTest, OneOfAReactorFurtherOutBeginsInsideAnother) {
    make_reactor({.clock = clock, .checks = false});
    std::optional<TraceRecording> recording;
    reactor().add_callback([&] {
        Reactor inner{{.clock = clock, .checks = false}};
        inner.add_callback([&] { recording.emplace(reactor()); });
        inner.run();
    });
    for (int i = 0; i < 10; ++i)
        reactor().add_callback([] {});
    reactor().run();
    // The one in which it begins is one of them if it is timed, as one in sixteen is.
    EXPECT_GE(recording->events(), 10U);
    EXPECT_LE(recording->events(), 11U);
}

TEST_F(TraceRecordingTest, OneThatEndsInsideAnotherReactorLeavesThatOnesChecks) {
    Reactor inner{{.clock = clock, .checks = true}};
    for (int i = 0; i < 10; ++i)
        inner.add_callback([] {});
    make_reactor({.clock = clock, .checks = false});
    std::optional<TraceRecording> recording{reactor()};
    reactor().add_callback([&] {
        inner.add_callback([&] {
            recording.reset();
            for (int i = 0; i < 10; ++i)
                inner.add_callback([] {});
        });
        inner.run();
    });
    reactor().run();
    EXPECT_EQ(inner.metrics().callback_time.count(), 21U);
}

TEST_F(TraceRecordingTest, WhatACallbackDidBeforeItIsLeftOut) {
    make_reactor({.clock = clock, .checks = true, .trace = true});
    std::optional<TraceRecording> recording;
    reactor().add_callback([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
        recording.emplace(reactor());
    });
    reactor().run();
    ASSERT_EQ(recording->events(), 1U);
    const std::string text = chrome(*recording);
    const auto at = text.find(R"("dur":)");
    ASSERT_NE(at, std::string::npos);
    EXPECT_LT(std::stod(text.substr(at + 6)), 150'000.0);
}

TEST_F(TraceRecordingTest, APeriodicTickIsOneEvent) {
    const TraceRecording recording{reactor()};
    const PeriodicCallback periodic{reactor(), std::chrono::seconds{1}, [] {}};
    ASSERT_FALSE(periodic.start());
    advance(std::chrono::seconds{1});
    advance(std::chrono::seconds{1});
    periodic.stop();
    EXPECT_EQ(recording.events(), 2U);
}

TEST_F(TraceRecordingTest, NumbersAreTheSameInEveryLocale) {
    struct Marks : std::numpunct<char> {
        char do_thousands_sep() const override { return '~'; }
        std::string do_grouping() const override { return "\1"; }
    };
    const TraceRecording recording{reactor()};
    reactor().add_callback([this] {
        for (int i = 0; i < 20; ++i)
            reactor().add_callback([] {});
    });
    settle();
    std::ostringstream out;
    out.imbue(std::locale{std::locale::classic(), new Marks});
    recording.write_chrome_trace(out);
    recording.write_graphviz(out);
    EXPECT_EQ(out.str().find('~'), std::string::npos);
}

TEST_F(TraceRecordingTest, NamesAreUTF8AlsoIfThoseOfTheFilesAreNot) {
    const TraceRecording recording{reactor()};
    add_from_odd_files(reactor());
    settle();
    const std::string text = chrome(recording);
    EXPECT_THAT(text, HasSubstr("\"latin?.cpp:1\""));
    EXPECT_THAT(text, HasSubstr("\"caf\xc3\xa9.cpp:1\""));
    EXPECT_THAT(text, HasSubstr("\"cut??.cpp:1\""));
}

TEST_F(TraceRecordingTest, GraphvizTellsFilesOfOneNameApart) {
    const TraceRecording recording{reactor()};
    add_from_files_of_one_name(reactor());
    settle();
    EXPECT_EQ(count(graphviz(recording), "[label=\"same.cpp:1\\n1 time, "), 2U);
}

// At the end, as the lines that follow have other numbers.
void TraceRecordingTest::add_from_odd_files(Reactor& reactor) {
    // clang-format off
#line 1 "latin\351.cpp"
    reactor.add_callback([] {});
#line 1 "caf\303\251.cpp"
    reactor.add_callback([] {});
#line 1 "cut\342\202.cpp"
    reactor.add_callback([] {});
}

void TraceRecordingTest::add_from_files_of_one_name(Reactor& reactor) {
#line 1 "first/same.cpp"
    reactor.add_callback([] {});
#line 1 "second/same.cpp"
    reactor.add_callback([] {});
}
// clang-format on

}  // namespace
}  // namespace gyre::test
