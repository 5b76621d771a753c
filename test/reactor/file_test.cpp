#include "support/stream_pair.hpp"
#include "support/temp_folder.hpp"
#include <gyre/file.hpp>
#include <gyre/limits.hpp>
#include <gyre/output_queue.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gyre {
namespace {

using detail::FileRange;
using detail::OutputQueue;
using test::TempFolder;

File open_file(const std::string& path) {
    const FileResult result = File::open(path);
    EXPECT_FALSE(result.error) << result.error;
    return result.file;
}

std::string numbers(std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += std::to_string(text.size()) + ' ';
    text.resize(size);
    return text;
}

TEST(FileTest, AnOpenFileTellsWhatItIs) {
    const TempFolder folder;
    struct stat status{};
    const File file = open_file(folder.write("a.txt", "hello"));
    ASSERT_EQ(::stat(folder.path("a.txt").c_str(), &status), 0);
    EXPECT_TRUE(file);
    EXPECT_GT(file.descriptor(), 2);
    EXPECT_EQ(file.size(), 5u);
    EXPECT_EQ(file.inode(), status.st_ino);
    EXPECT_EQ(file.device(), status.st_dev);
    EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(file.modified().time_since_epoch()).count(),
              status.st_mtim.tv_sec);
    EXPECT_GE(file.opened() + std::chrono::seconds{1}, file.changed());
}

// Nanoseconds in 64 bits end in 2262; ext4 goes on to 2446.
TEST(FileTest, ATimeThatIsTooLateIsTheLastOneThereIs) {
    const TempFolder folder;
    const std::string path = folder.write("a", "");
    const timespec late{.tv_sec = 15'000'000'000, .tv_nsec = 0};
    const std::array<timespec, 2> times{late, late};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    if (status.st_mtim.tv_sec != late.tv_sec) GTEST_SKIP() << "the file system ends earlier";
    EXPECT_EQ(open_file(path).modified(), File::Time::max());
}

TEST(FileTest, TheDescriptorIsClosedWithTheLastCopy) {
    const TempFolder folder;
    File file = open_file(folder.write("a", "x"));
    const int descriptor = file.descriptor();
    File copy = file;
    file = {};
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    copy = {};
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
    EXPECT_FALSE(file);
    EXPECT_EQ(file.descriptor(), -1);
    EXPECT_EQ(file.size(), 0u);
}

TEST(FileTest, WhatIsNotThereIsToldByItsErrno) {
    const TempFolder folder;
    const FileResult result = File::open(folder.path("none"));
    EXPECT_EQ(result.error.kind(), Errc::system);
    EXPECT_EQ(result.error.code(), ENOENT);
    EXPECT_FALSE(result.file);
}

TEST(FileTest, WhatIsNoRegularFileIsRefusedWithoutHanging) {
    const TempFolder folder;
    ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
    for (const std::string& path : {folder.path("fifo"), folder.path(""), std::string{"/dev/zero"}})
        EXPECT_EQ(File::open(path).error.kind(), Errc::invalid_argument) << path;
}

TEST(FileTest, ADescriptorThatIsRefusedStaysTheCallers) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    EXPECT_EQ(File::take(ends[0]).error.kind(), Errc::invalid_argument);
    EXPECT_EQ(::close(ends[0]), 0);
    EXPECT_EQ(::close(ends[1]), 0);
    EXPECT_TRUE(File::take(-1).error);
}

TEST(FileTest, ARangeHasToLieInTheFile) {
    const TempFolder folder;
    const File file = open_file(folder.write("a", "0123456789"));
    const auto length_of = [&](std::uint64_t offset, std::uint64_t length) {
        const auto range = FileRange::of(file, offset, length);
        return range ? static_cast<std::int64_t>(range->length) : -1;
    };
    EXPECT_EQ(length_of(0, unlimited), 10);
    EXPECT_EQ(length_of(4, unlimited), 6);
    EXPECT_EQ(length_of(10, unlimited), 0);
    EXPECT_EQ(length_of(11, unlimited), -1);
    EXPECT_EQ(length_of(4, 6), 6);
    EXPECT_EQ(length_of(4, 7), -1);
    EXPECT_EQ(length_of(4, std::uint64_t{1} << 63), -1);
    EXPECT_FALSE(FileRange::of({}, 0, 0));
}

class FileInQueueTest : public testing::Test {
protected:
    /// Takes what is next off the queue, at most `most` bytes; files in brackets.
    std::string next(std::size_t most) {
        std::array<std::string_view, 4> parts;
        std::string text;
        std::size_t size = 0;
        if (const std::size_t used = queue.front(parts); used > 0) {
            text = parts[0].substr(0, most);
            size = text.size();
        } else if (const auto piece = queue.front_file()) {
            size = std::min<std::size_t>(piece->length, most);
            text = '[' + std::to_string(piece->offset) + '+' + std::to_string(size) + ']';
        }
        queue.advance(size, done);
        return text;
    }

    TempFolder folder;
    File file = open_file(folder.write("a", std::string(100, 'f')));
    OutputQueue queue;
    std::vector<Callback<void(Error)>> done;
};

TEST_F(FileInQueueTest, AFileComesOutBetweenTheBytesAroundIt) {
    queue.append("ab");
    queue.append(FileRange{file, 10, 50});
    queue.append("c");
    EXPECT_TRUE(queue.holds_file());
    EXPECT_EQ(queue.bytes(), 53u);
    EXPECT_FALSE(queue.front_file());
    EXPECT_EQ(next(100), "ab");
    EXPECT_EQ(next(20), "[10+20]");
    EXPECT_EQ(queue.bytes(), 31u);
    EXPECT_EQ(next(100), "[30+30]");
    EXPECT_FALSE(queue.holds_file());
    EXPECT_EQ(next(100), "c");
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0u);
}

TEST_F(FileInQueueTest, AnEmptyPieceOfAFileIsNothing) {
    queue.append(FileRange{file, 10, 0});
    EXPECT_TRUE(queue.empty());
}

TEST_F(FileInQueueTest, TheCallbackBehindAFileComesWithItsLastByte) {
    bool called = false;
    queue.append(FileRange{file, 0, 100});
    queue.when_sent([&](const Error& error) { called = !error; });
    EXPECT_EQ(next(99), "[0+99]");
    EXPECT_TRUE(done.empty());
    EXPECT_EQ(next(99), "[99+1]");
    ASSERT_EQ(done.size(), 1u);
    std::move(done[0])(Error{});
    EXPECT_TRUE(called);
}

TEST_F(FileInQueueTest, AFileThatIsPartlySentMovesWithItsQueue) {
    OutputQueue other;
    other.append(FileRange{file, 0, 100});
    other.append("tail");
    other.advance(30, done);
    queue.append("head");
    queue.splice(other);
    EXPECT_EQ(queue.bytes(), 4 + 70 + 4u);
    EXPECT_EQ(next(100), "head");
    EXPECT_EQ(next(100), "[30+70]");
    EXPECT_EQ(next(100), "tail");
}

TEST_F(FileInQueueTest, TheFileIsLetGoOfWhenItIsSent) {
    const int descriptor = file.descriptor();
    queue.append(FileRange{std::move(file), 0, 100});
    queue.append("more");
    EXPECT_EQ(next(100), "[0+100]");
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
}

class SendFileTest : public test::StreamPairTest {
protected:
    void send(const File& file, std::uint64_t offset = 0, std::uint64_t length = unlimited) {
        stream.send_file(file, offset, length, note_write());
    }
    /// Sends a file between two writes, and expects all of it at the peer.
    void expect_whole(std::size_t size) {
        const std::string content = numbers(size);
        const File file = open_file(folder.write("a", content));
        let_peer_read();
        stream.write("<");
        send(file);
        stream.write(">", note_write());
        run_until([&] { return peer_got.size() == size + 2; });
        EXPECT_TRUE(peer_got == '<' + content + '>');
        run_until([&] { return writes.size() == 2; });
        EXPECT_EQ(writes, (Kinds{Errc::ok, Errc::ok}));
    }
    TempFolder folder;
};

TEST_F(SendFileTest, ThroughASocket) {
    connect_sockets();
    expect_whole(3'000'001);
}

TEST_F(SendFileTest, ThroughTLS) {
    connect_sockets();
    start_tls();
    expect_whole(3'000'001);
}

TEST_F(SendFileTest, ThroughMemoryOneByteAtATime) {
    connect({.max_write = 1});
    expect_whole(5000);
}

TEST_F(SendFileTest, APartOfAFile) {
    connect_sockets();
    const File file = open_file(folder.write("a", "0123456789"));
    let_peer_read();
    send(file, 2, 3);
    send(file, 8);
    run_until([&] { return peer_got.size() >= 5; });
    EXPECT_EQ(peer_got, "23489");
}

TEST_F(SendFileTest, NoSuchPartIsRefusedAndTheStreamGoesOn) {
    connect_sockets();
    const File file = open_file(folder.write("a", "0123456789"));
    send(file, 5, 6);
    send({});
    run_until([&] { return writes.size() == 2; });
    EXPECT_EQ(writes, (Kinds{Errc::invalid_argument, Errc::invalid_argument}));
    EXPECT_FALSE(stream.closed());
}

TEST_F(SendFileTest, WithinARate) {
    connect_sockets();
    EXPECT_FALSE(stream.set_rate_limits(unlimited, 1'000'000'000, 1000));
    let_peer_read();
    const std::string content = numbers(50'000);
    send(open_file(folder.write("a", content)));
    for (int i = 0; i < 20'000 && peer_got.size() < content.size(); ++i) {
        clock->advance(std::chrono::milliseconds{1});
        if (reactor().poll() == 0) ::usleep(100);
    }
    EXPECT_TRUE(peer_got == content);
}

TEST_F(SendFileTest, AFileThatGrowsIsSentAsItWas) {
    connect_sockets();
    const std::string path = folder.write("a", "as it was");
    const File file = open_file(path);
    folder.write("a", "as it was, and more");
    let_peer_read();
    send(file);
    stream.write("!");
    run_until([&] { return peer_got.size() >= 10; });
    EXPECT_EQ(peer_got, "as it was!");
}

class ShrinkingFileTest : public SendFileTest, public testing::WithParamInterface<bool> {};

TEST_P(ShrinkingFileTest, FailsTheStreamAndIsNeverPadded) {
    connect_sockets();
    if (GetParam()) start_tls();
    const std::string path = folder.write("a", numbers(100'000));
    const File file = open_file(path);
    ASSERT_EQ(::truncate(path.c_str(), 70'000), 0);
    let_peer_read();
    send(file);
    run_until([&] { return ends.size() == 1 && peer_ends.size() == 1; });
    EXPECT_EQ(writes, (Kinds{Errc::truncated}));
    EXPECT_EQ(ends, (Kinds{Errc::truncated}));
    EXPECT_LE(peer_got.size(), 70'000u);
}

INSTANTIATE_TEST_SUITE_P(PlainAndTLS, ShrinkingFileTest, testing::Bool());

// Unlike send, sendfile knows no MSG_NOSIGNAL.
TEST_F(SendFileTest, APeerThatIsGoneIsAnErrorAndNoSignal) {
    connect_sockets();
    const File file = open_file(folder.write("a", numbers(100'000)));
    peer.abort();
    for (int i = 0; i < 3 && !stream.closed(); ++i) {
        send(file);
        run_until([&] { return writes.size() == static_cast<std::size_t>(i) + 1; });
    }
    EXPECT_TRUE(stream.closed());
    EXPECT_NE(writes.back(), Errc::ok);
}

TEST_F(SendFileTest, CloseLetsGoOfTheFile) {
    connect({.capacity = 100});
    File file = open_file(folder.write("a", numbers(100'000)));
    const int descriptor = file.descriptor();
    send(file);
    file = {};
    settle();
    EXPECT_NE(::fcntl(descriptor, F_GETFD), -1);
    stream.abort();
    settle();
    EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
    EXPECT_EQ(writes, (Kinds{Errc::canceled}));
}

}  // namespace
}  // namespace gyre
