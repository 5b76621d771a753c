#pragma once

#include "stream_pattern.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::detail {

/// What a read waits for, and how to find it in the bytes that are there. No I/O.
class ReadRequest {
public:
    static ReadRequest until(std::string delimiter, std::size_t max_bytes);
    static ReadRequest until_match(std::unique_ptr<StreamPattern> pattern, std::size_t max_bytes);
    static ReadRequest line(std::size_t max_bytes);
    static ReadRequest exactly(std::size_t count);
    static ReadRequest some(std::size_t most);
    static ReadRequest until_close(std::size_t max_bytes);

    enum class State {
        waiting,    ///< More bytes are needed.
        satisfied,  ///< `size` bytes are the answer.
        overflow,   ///< The limit was met first.
    };
    struct Match {
        State state = State::waiting;
        std::size_t size = 0;
    };

    /// Looks at all unread bytes. Remembers how far it has searched, so a delimiter that drips in
    /// costs linear time; the bytes may only grow between calls.
    Match match(std::string_view bytes) noexcept;
    /// The same when no more will come.
    Match match_at_end(std::string_view bytes) noexcept;
    /// The part of a match that the reader gets: a line goes without its end.
    std::string_view answer(std::string_view matched) const noexcept;
    /// For the next line, when the bytes no longer hold the last one.
    void start_again() noexcept { searched_ = 0; }
    /// True if the answer to an overflow is `delimiter_not_found`.
    bool searches() const noexcept {
        return kind_ == Kind::until || kind_ == Kind::until_match || kind_ == Kind::line;
    }

private:
    enum class Kind { until, until_match, line, exactly, some, until_close };
    ReadRequest(Kind kind, std::size_t limit, std::string delimiter = {})
        : kind_(kind), limit_(limit), delimiter_(std::move(delimiter)) {}

    Match find(std::string_view bytes) noexcept;
    Match find_match(std::string_view bytes) noexcept;

    Kind kind_;
    std::size_t limit_;
    std::string delimiter_;
    std::unique_ptr<StreamPattern> pattern_;
    std::size_t searched_ = 0;
};

}  // namespace gyre::detail
