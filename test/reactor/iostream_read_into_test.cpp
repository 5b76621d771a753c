#include "support/stream_pair.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gyre::test {
namespace {

class IOStreamReadIntoTest : public StreamPairTest {
protected:
    auto note_into() {
        return [this](const Error& error, std::size_t size) {
            kinds.push_back(error.kind());
            sizes.push_back(size);
        };
    }
    std::string_view filled(std::size_t size) const { return {room.data(), size}; }

    std::vector<char> room = std::vector<char>(6, '.');
    std::vector<std::size_t> sizes;
    using Sizes = std::vector<std::size_t>;
};

TEST_F(IOStreamReadIntoTest, FillsTheRoomHoweverTheBytesArrive) {
    for (const std::size_t piece : {1U, 4U, 100U}) {
        connect({.max_read = piece});
        sizes.clear();
        stream.read_into(room, note_into());
        peer.write("abc");
        settle();
        EXPECT_TRUE(sizes.empty());
        peer.write("defrest");
        settle();
        EXPECT_EQ(sizes, Sizes{6});
        EXPECT_EQ(filled(6), "abcdef");
        stream.read_bytes(4, note());
        settle();
        EXPECT_EQ(got, "rest");
        got.clear();
        stream.abort();
    }
}

TEST_F(IOStreamReadIntoTest, PartialTakesWhatIsThere) {
    connect();
    peer.write("abcd");
    settle();
    stream.read_into(room, note_into(), true);
    EXPECT_TRUE(sizes.empty()) << "called inline";
    settle();
    EXPECT_EQ(sizes, Sizes{4});
    EXPECT_EQ(filled(4), "abcd");
    stream.read_into(room, note_into(), true);
    settle();
    EXPECT_EQ(sizes.size(), 1U);
    peer.write("e");
    settle();
    EXPECT_EQ(sizes, (Sizes{4, 1}));
}

TEST_F(IOStreamReadIntoTest, AnEmptyRoom) {
    connect();
    stream.read_into({}, note_into());
    stream.read_into({}, note_into(), true);
    EXPECT_TRUE(kinds.empty()) << "called inline";
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::ok, Errc::invalid_argument}));
}

TEST_F(IOStreamReadIntoTest, TheEndTellsHowMuchCame) {
    connect();
    stream.read_into(room, note_into());
    peer.write("abc");
    peer.close();
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::end_of_stream});
    EXPECT_EQ(sizes, Sizes{3});
    EXPECT_EQ(filled(3), "abc");
    EXPECT_EQ(ends, Kinds{Errc::ok});
}

TEST_F(IOStreamReadIntoTest, CloseTellsHowMuchCame) {
    connect();
    stream.read_into(room, note_into());
    peer.write("abc");
    settle();
    stream.close();
    EXPECT_TRUE(kinds.empty()) << "called inline";
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::canceled});
    EXPECT_EQ(sizes, Sizes{3});
}

TEST_F(IOStreamReadIntoTest, AResetTellsHowMuchCame) {
    connect();
    stream.read_into(room, note_into());
    peer.write("abc");
    settle();
    peer.abort();
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::connection_reset});
    EXPECT_EQ(sizes, Sizes{3});
    EXPECT_EQ(ends, Kinds{Errc::connection_reset});
    stream.read_into(room, note_into());
    settle();
    EXPECT_EQ(kinds.back(), Errc::closed);
}

TEST_F(IOStreamReadIntoTest, AfterAbortTheRoomIsLeftAlone) {
    connect();
    room.resize(100'000);
    stream.read_into(room, note_into());
    peer.write("abc");
    settle();
    stream.abort();
    room = {};  // a write into it would be found
    peer.write("def");
    settle();
    EXPECT_EQ(kinds, Kinds{Errc::canceled});
}

TEST_F(IOStreamReadIntoTest, ItIsARead) {
    connect();
    stream.read_into(room, note_into());
    stream.read_into(room, note_into());
    stream.read_line(note());
    settle();
    EXPECT_EQ(kinds, (Kinds{Errc::already_in_progress, Errc::already_in_progress}));
    stream.pause_reading();
    peer.write("abcdef");
    settle();
    EXPECT_EQ(sizes, Sizes{0});
    stream.resume_reading();
    settle();
    EXPECT_EQ(sizes, (Sizes{0, 6}));
}

/// Passes everything on, and notes where reads go.
class SpyTransport final : public Transport {
public:
    SpyTransport(std::unique_ptr<Transport> below, std::vector<const char*>& places)
        : below_(std::move(below)), places_(places) {}
    void set_listener(TransportListener* listener) noexcept override {
        below_->set_listener(listener);
    }
    void want_read(bool wanted) noexcept override { below_->want_read(wanted); }
    void want_write(bool wanted) noexcept override { below_->want_write(wanted); }
    IOResult read_some(std::span<char> room) noexcept override {
        places_.push_back(room.data());
        return below_->read_some(room);
    }
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override {
        return below_->write_some(buffers);
    }
    void shutdown_write() noexcept override { below_->shutdown_write(); }
    void close() noexcept override { below_->close(); }
    void abort() noexcept override { below_->abort(); }
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return {}; }
    int native_handle() const noexcept override { return -1; }

private:
    std::unique_ptr<Transport> below_;
    std::vector<const char*>& places_;
};

TEST_F(IOStreamReadIntoTest, MuchIsReadStraightIntoTheRoom) {
    auto [first, second] = make_memory_pair(reactor(), {.capacity = 1'000'000, .max_read = 30'000});
    std::vector<const char*> places;
    stream = IOStream{reactor(), std::make_unique<SpyTransport>(std::move(first), places)};
    peer = IOStream{reactor(), std::move(second)};
    std::string text;
    while (text.size() < 100'000)
        text += std::to_string(text.size());
    room.resize(100'000);
    stream.read_into(room, note_into());
    peer.write(text);
    settle();
    EXPECT_EQ(sizes, Sizes{100'000});
    EXPECT_EQ(filled(100'000), text.substr(0, 100'000));
    ASSERT_GE(places.size(), 4U);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(places[i], room.data() + 30'000 * i);
}

TEST_F(IOStreamReadIntoTest, MegabytesOverSocketsAndTls) {
    connect_sockets();
    start_tls();
    room.assign(3'000'000, '.');
    stream.read_into(room, note_into());
    const std::string text(room.size(), 'x');
    peer.write(text);
    peer.write("more");
    run_until([this] { return !sizes.empty(); });
    EXPECT_EQ(sizes, Sizes{room.size()});
    EXPECT_TRUE(filled(room.size()) == text);
    stream.read_bytes(4, note());
    run_until([this] { return !got.empty(); });
    EXPECT_EQ(got, "more");
}

}  // namespace
}  // namespace gyre::test
