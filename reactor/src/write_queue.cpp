#include "write_queue.hpp"

#include <utility>

namespace gyre::detail {

std::string_view WriteQueue::view(const Data& data) noexcept {
    if (const auto* text = std::get_if<std::string>(&data)) return *text;
    const auto& shared = *std::get_if<std::shared_ptr<const std::string>>(&data);
    return shared ? std::string_view{*shared} : std::string_view{};
}

std::string_view WriteQueue::Piece::rest() const noexcept { return view(data).substr(sent); }

void WriteQueue::push(Data data, std::size_t skip, Callback<void(Error)> callback) {
    pieces_.push_back({std::move(data), skip, std::move(callback)});
    bytes_ += pieces_.back().rest().size();
}

std::size_t WriteQueue::front(std::span<std::string_view> parts) const noexcept {
    std::size_t used = 0;
    for (const Piece& piece : pieces_) {
        if (used == parts.size()) break;
        // No transport needs to know what a write of nothing means.
        if (const std::string_view rest = piece.rest(); !rest.empty()) parts[used++] = rest;
    }
    return used;
}

void WriteQueue::advance(std::size_t count, std::vector<Callback<void(Error)>>& done) {
    bytes_ -= count;
    while (!pieces_.empty()) {
        Piece& piece = pieces_.front();
        const std::size_t rest = piece.rest().size();
        if (rest > count) {
            piece.sent += count;
            return;
        }
        count -= rest;
        if (piece.callback) done.push_back(std::move(piece.callback));
        pieces_.pop_front();
    }
}

std::vector<Callback<void(Error)>> WriteQueue::take_all() noexcept {
    std::vector<Callback<void(Error)>> callbacks;
    for (Piece& piece : pieces_)
        if (piece.callback) callbacks.push_back(std::move(piece.callback));
    pieces_.clear();
    bytes_ = 0;
    return callbacks;
}

}  // namespace gyre::detail
