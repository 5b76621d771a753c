#include "support/stream_pair.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace gyre::test {
namespace {

class IOStreamLinesTest : public StreamPairTest {
protected:
    using Lines = std::vector<std::string>;

    auto note_line() {
        return [this](std::string_view line) { lines.emplace_back(line); };
    }
    void read_lines() {
        stream.read_line([this](const Error& error, const std::string& line) {
            kinds.push_back(error.kind());
            if (kinds.back() != Errc::ok) return;
            lines.push_back(line);
            read_lines();
        });
    }

    Lines lines;
};

TEST_F(IOStreamLinesTest, ReadLineAtOneByteATime) {
    connect({.max_read = 1});
    read_lines();
    peer.write("one\r\n\n\r\ntwo\rthree\nlast");
    peer.close();
    settle();
    EXPECT_EQ(lines, (Lines{"one", "", "", "two\rthree", "last"}));
    EXPECT_EQ(kinds.back(), Errc::end_of_stream);
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamLinesTest, ALineThatIsTooLongStays) {
    connect();
    peer.write("abcdef\n");
    stream.read_line(note(), 6);
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::delimiter_not_found});
    stream.read_line(note(), 7);
    settle();
    EXPECT_EQ(got, "abcdef");
}

TEST_F(IOStreamLinesTest, OnLineGetsEachLineAndThenTheEnd) {
    for (const std::size_t piece : {1U, 3U, 100U}) {
        connect({.max_read = piece});
        lines.clear();
        ends.clear();
        stream.on_line(note_line());
        peer.write("one\r\n\ntwo\nlast");
        peer.close();
        settle();
        EXPECT_EQ(lines, (Lines{"one", "", "two", "last"})) << piece;
        EXPECT_EQ(ends, Kinds{Errc::ok});
    }
}

TEST_F(IOStreamLinesTest, OnLineGetsWhatWasReadAhead) {
    connect();
    peer.write("one\ntwo\n");
    settle();
    stream.on_line(note_line());
    EXPECT_TRUE(lines.empty()) << "called inline";
    settle();
    EXPECT_EQ(lines, (Lines{"one", "two"}));
}

TEST_F(IOStreamLinesTest, ALineTooLongForOnLineEndsTheStream) {
    connect();
    stream.on_line(note_line(), 4);
    peer.write("abc\nabcd\nabc\n");
    settle();
    EXPECT_EQ(lines, Lines{"abc"});
    EXPECT_EQ(ends, Kinds{Errc::delimiter_not_found});
    EXPECT_EQ(peer_ends, Kinds{Errc::connection_reset});
}

TEST_F(IOStreamLinesTest, PausedInsideALineTheOthersWait) {
    connect();
    stream.on_line([this](std::string_view line) {
        lines.emplace_back(line);
        stream.pause_reading();
    });
    peer.write("one\ntwo\n");
    settle();
    EXPECT_EQ(lines, Lines{"one"});
    stream.resume_reading();
    settle();
    EXPECT_EQ(lines, (Lines{"one", "two"}));
}

TEST_F(IOStreamLinesTest, BytesAfterALineCanBeReadInAnotherWay) {
    connect();
    stream.on_line([this](std::string_view line) {
        lines.emplace_back(line);
        stream.on_line({});
        stream.read_bytes(4, [this](const Error& error, const std::string& bytes) {
            EXPECT_FALSE(error);
            got = bytes;
            stream.on_line(note_line());
        });
    });
    peer.write("length 4\na\nb\nnext\n");
    settle();
    EXPECT_EQ(got, "a\nb\n");
    EXPECT_EQ(lines, (Lines{"length 4", "next"}));
}

TEST_F(IOStreamLinesTest, OnDataMayTakeOverInsideALine) {
    connect();
    stream.on_line([this](std::string_view line) {
        lines.emplace_back(line);
        stream.on_data([this](std::string_view bytes) { got += bytes; });
    });
    peer.write("one\ntwo\nthree");
    settle();
    EXPECT_EQ(lines, Lines{"one"});
    EXPECT_EQ(got, "two\nthree");
    stream.on_line(note_line());
    peer.write("four\n");
    settle();
    EXPECT_EQ(lines, (Lines{"one", "four"}));
}

TEST_F(IOStreamLinesTest, ClosedInsideALineNoMoreCome) {
    connect();
    stream.on_line([this](std::string_view line) {
        lines.emplace_back(line);
        stream.close();
    });
    peer.write("one\ntwo\n");
    settle();
    EXPECT_EQ(lines, Lines{"one"});
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamLinesTest, ALineThatThrowsIsReportedAndTheNextComes) {
    connect();
    stream.on_line([this](std::string_view line) {
        lines.emplace_back(line);
        throw std::runtime_error{"no"};
    });
    peer.write("one\ntwo\n");
    settle();
    EXPECT_EQ(lines, (Lines{"one", "two"}));
    EXPECT_EQ(take_reports().size(), 2U);
}

TEST_F(IOStreamLinesTest, ManyLinesLetOthersHaveTheirTurn) {
    connect();
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += std::to_string(i) + '\n';
    std::size_t lines_before = 0;
    stream.on_line([this, &lines_before](std::string_view line) {
        if (lines.empty())
            reactor().add_callback([this, &lines_before] { lines_before = lines.size(); });
        lines.emplace_back(line);
    });
    peer.write(text);
    settle();
    ASSERT_EQ(lines.size(), 1000U);
    EXPECT_EQ(lines[999], "999");
    EXPECT_LT(lines_before, 100U);
}

TEST_F(IOStreamLinesTest, StoppedInsideALineTheOthersComeInTheNextRun) {
    connect();
    stream.on_line([this](std::string_view line) {
        lines.emplace_back(line);
        reactor().stop();
        if (line == "last") stream.on_line({});
    });
    peer.write("one\nlast\n");
    reactor().run();
    EXPECT_EQ(lines, Lines{"one"});
    reactor().run();
    EXPECT_EQ(lines, (Lines{"one", "last"}));
}

TEST_F(IOStreamLinesTest, TheServerIsDestroyedInsideALine) {
    connect_sockets();
    Captures captures;
    stream.on_line([this, token = captures.token()](std::string_view line) {
        lines.emplace_back(line);
        server.reset();
    });
    peer.write("one\ntwo\n");
    let_peer_read();
    run_until([this] { return !peer_ends.empty(); });
    EXPECT_EQ(lines, Lines{"one"});
    EXPECT_TRUE(captures.released());
    EXPECT_TRUE(ends.empty());
}

}  // namespace
}  // namespace gyre::test
