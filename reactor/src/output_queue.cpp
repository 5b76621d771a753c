#include <gyre/output_queue.hpp>

#include <utility>

namespace gyre::detail {
namespace {

// The memory of the last string that was sent serves the next one, so that a steady stream of small
// replies allocates nothing and an idle connection still holds nothing.
constexpr std::size_t most_spare = 64 * 1024;
// Below it, copying is cheaper than one more part for the system to gather.
constexpr std::size_t worth_moving = 4096;
// A string that has grown so far gets no more, so that what is sent can be given back.
constexpr std::size_t most_joined = 64 * 1024;
thread_local std::string spare;

void recycle(std::string& text) noexcept {
    if (text.capacity() <= spare.capacity() || text.capacity() > most_spare) return;
    text.clear();
    spare.swap(text);
}

}  // namespace

OutputQueue::OutputQueue(OutputQueue&& other) noexcept
    : pieces_(std::move(other.pieces_)),
      first_(std::exchange(other.first_, 0)),
      sent_(std::exchange(other.sent_, 0)),
      before_last_(std::exchange(other.before_last_, 0)) {
    other.pieces_.clear();
}

OutputQueue& OutputQueue::operator=(OutputQueue&& other) noexcept {
    if (this == &other) return *this;
    pieces_ = std::move(other.pieces_);
    other.pieces_.clear();
    first_ = std::exchange(other.first_, 0);
    sent_ = std::exchange(other.sent_, 0);
    before_last_ = std::exchange(other.before_last_, 0);
    return *this;
}

OutputQueue::~OutputQueue() = default;

OutputQueue::Piece& OutputQueue::push() {
    if (!empty()) before_last_ += pieces_.back().size();
    return pieces_.emplace_back();
}

std::string& OutputQueue::tail() {
    if (!empty() && !pieces_.back().shared && !pieces_.back().file && !pieces_.back().callback &&
        pieces_.back().text.size() < most_joined)
        return pieces_.back().text;
    Piece& piece = push();
    piece.text = std::exchange(spare, {});
    return piece.text;
}

void OutputQueue::append(std::string&& bytes) {
    if (bytes.size() < worth_moving) return append(std::string_view{bytes});
    push().text = std::move(bytes);
}

void OutputQueue::append(std::shared_ptr<const std::string> bytes) {
    if (bytes && !bytes->empty()) push().shared = std::move(bytes);
}

void OutputQueue::append(FileRange range) {
    if (range.length > 0) push().file = std::make_unique<FileRange>(std::move(range));
}

void OutputQueue::when_sent(DoneCallback callback) {
    if (!callback) return;
    if (empty() || pieces_.back().callback) push();
    pieces_.back().callback = std::move(callback);
}

void OutputQueue::splice(OutputQueue& other) {
    if (empty()) {
        *this = std::move(other);
        return;
    }
    for (std::size_t i = other.first_; i < other.pieces_.size(); ++i) {
        Piece& piece = other.pieces_[i];
        const std::size_t sent = i == other.first_ ? other.sent_ : 0;
        if (piece.file) {
            piece.file->offset += sent;
            piece.file->length -= sent;
            push() = std::move(piece);
            continue;
        }
        const std::string_view rest = piece.view().substr(sent);
        if (rest.size() == piece.view().size() && rest.size() >= worth_moving) {
            push() = std::move(piece);
            continue;
        }
        append(rest);
        when_sent(std::move(piece.callback));
        recycle(piece.text);
    }
    other.clear();
}

std::size_t OutputQueue::bytes() const noexcept {
    return empty() ? 0 : before_last_ + pieces_.back().size() - sent_;
}

std::source_location OutputQueue::last_place() const noexcept {
    for (std::size_t i = pieces_.size(); i > first_; --i)
        if (pieces_[i - 1].callback) return pieces_[i - 1].callback.place();
    return {};
}

std::size_t OutputQueue::front(std::span<std::string_view> parts) const noexcept {
    std::size_t used = 0;
    for (std::size_t i = first_; i < pieces_.size() && used < parts.size(); ++i) {
        if (pieces_[i].file) break;
        const std::string_view rest = pieces_[i].view().substr(i == first_ ? sent_ : 0);
        if (!rest.empty()) parts[used++] = rest;
    }
    return used;
}

std::optional<FileRange> OutputQueue::front_file(std::size_t most) const noexcept {
    constexpr std::uint64_t not_worth_a_turn = 64 * 1024;
    for (std::size_t i = first_; i < pieces_.size(); ++i) {
        const std::size_t sent = i == first_ ? sent_ : 0;
        if (const auto& file = pieces_[i].file) {
            const std::uint64_t rest = file->length - sent;
            const bool all = rest <= most || rest - most <= not_worth_a_turn;
            return FileRange{file->file, file->offset + sent, all ? rest : most};
        }
        if (pieces_[i].size() > sent) break;
    }
    return std::nullopt;
}

bool OutputQueue::holds_file() const noexcept {
    for (std::size_t i = first_; i < pieces_.size(); ++i)
        if (pieces_[i].file) return true;
    return false;
}

void OutputQueue::advance(std::size_t count, std::vector<DoneCallback>& done) {
    sent_ += count;
    while (!empty() && sent_ >= pieces_[first_].size()) {
        Piece& piece = pieces_[first_];
        sent_ -= piece.size();
        if (piece.callback) done.push_back(std::move(piece.callback));
        drop_first();
    }
    if (empty()) clear();
}

// A queue that never gets empty must not keep what it has sent.
void OutputQueue::drop_first() noexcept {
    constexpr std::size_t worth_closing_up = 16;
    Piece& piece = pieces_[first_++];
    if (!empty()) before_last_ -= piece.size();
    recycle(piece.text);
    const Piece gone = std::move(piece);  // an assignment might keep the string's memory
    if (first_ < worth_closing_up || first_ < pieces_.size() / 2) return;
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
}

std::vector<OutputQueue::DoneCallback> OutputQueue::take_callbacks() {
    std::vector<DoneCallback> callbacks;
    for (std::size_t i = first_; i < pieces_.size(); ++i)
        if (pieces_[i].callback) callbacks.push_back(std::move(pieces_[i].callback));
    clear();
    return callbacks;
}

void OutputQueue::clear() noexcept {
    std::vector<Piece>{}.swap(pieces_);
    first_ = sent_ = before_last_ = 0;
}

}  // namespace gyre::detail
