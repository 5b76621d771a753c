#include "chain_node.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/trace_recording.hpp>

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <sstream>

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

}  // namespace
}  // namespace gyre::test
