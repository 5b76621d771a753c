#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gyre::detail {

/// What is still to be sent, in order, each piece with the callback of its write. No I/O.
class WriteQueue {
public:
    using Data = std::variant<std::string, std::shared_ptr<const std::string>>;

    static std::string_view view(const Data& data) noexcept;

    /// Queues `data` without its first `skip` bytes, which have been sent.
    void push(Data data, std::size_t skip, Callback<void(Error)> callback);

    bool empty() const noexcept { return pieces_.empty(); }
    std::size_t bytes() const noexcept { return bytes_; }

    /// Fills `parts` with the next bytes to send; returns how many parts it used.
    std::size_t front(std::span<std::string_view> parts) const noexcept;
    /// Takes `count` sent bytes off; appends the callbacks of the writes that are done to `done`.
    void advance(std::size_t count, std::vector<Callback<void(Error)>>& done);
    /// Empties it and gives up the callbacks of all that was not sent.
    std::vector<Callback<void(Error)>> take_all() noexcept;

private:
    struct Piece {
        Data data;
        std::size_t sent;
        Callback<void(Error)> callback;
        std::string_view rest() const noexcept;
    };

    std::deque<Piece> pieces_;
    std::size_t bytes_ = 0;
};

}  // namespace gyre::detail
