#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/file.hpp>
#include <gyre/limits.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::detail {

/// Bytes on their way out, in order, each piece with the callback of the write that it ends. Small
/// pieces are joined; large ones are moved or shared, never copied; a piece of a file is only
/// named, and read by whoever sends it. No I/O. Empty it holds no
/// memory, and otherwise little more than what is not sent yet. An extension point for protocols
/// built on gyre.
class GYRE_API OutputQueue {
public:
    using DoneCallback = Callback<void(Error)>;

    OutputQueue() noexcept = default;
    OutputQueue(OutputQueue&& other) noexcept;
    OutputQueue& operator=(OutputQueue&& other) noexcept;
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;
    ~OutputQueue();

    /// The string at the end, to append to at once; no other call in between.
    std::string& tail();
    void append(std::string_view bytes) { tail().append(bytes); }
    void append(const char* text) { append(std::string_view{text}); }
    void append(std::string&& bytes);
    void append(std::shared_ptr<const std::string> bytes);
    void append(FileRange range);
    /// Called by `advance` once everything appended so far has been sent.
    void when_sent(DoneCallback callback);
    /// Moves all of `other` behind what is here.
    void splice(OutputQueue& other);

    bool empty() const noexcept { return first_ == pieces_.size(); }
    /// Where the last write that has a callback was made.
    std::source_location last_place() const noexcept;
    /// The bytes that are not sent yet; costs the same however many pieces there are.
    std::size_t bytes() const noexcept;

    /// Fills `parts` with the next bytes to send, up to a piece of a file; returns how many parts
    /// it used. None, although it is not empty: what comes next is a piece of a file, or only
    /// callbacks are left, which `advance(0)` gives up.
    std::size_t front(std::span<std::string_view> parts) const noexcept;
    /// The piece of a file that is next, if one is, without what `advance` took off of it: no more
    /// than about `most` bytes of it, as little that is left behind them goes along.
    std::optional<FileRange> front_file(std::size_t most = unlimited) const noexcept;
    /// True if there is a piece of a file anywhere in it.
    bool holds_file() const noexcept;
    /// Takes `count` sent bytes off; appends the callbacks of the writes that are done to `done`.
    void advance(std::size_t count, std::vector<DoneCallback>& done);
    /// Empties it and gives up the callbacks of all that was not sent.
    std::vector<DoneCallback> take_callbacks();

private:
    struct Piece {
        std::string text;
        std::shared_ptr<const std::string> shared;
        std::unique_ptr<FileRange> file;
        DoneCallback callback;

        /// Empty for a piece of a file.
        std::string_view view() const noexcept { return shared ? *shared : text; }
        std::size_t size() const noexcept { return file ? file->length : view().size(); }
    };

    Piece& push();
    void drop_first() noexcept;
    void clear() noexcept;

    std::vector<Piece> pieces_;
    std::size_t first_ = 0;        // of the pieces that are not yet sent
    std::size_t sent_ = 0;         // bytes of that piece which are
    std::size_t before_last_ = 0;  // bytes of the pieces from that one on, without the last
};

}  // namespace gyre::detail
