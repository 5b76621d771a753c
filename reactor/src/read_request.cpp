#include "read_request.hpp"

#include <algorithm>
#include <utility>

namespace gyre::detail {

ReadRequest ReadRequest::until(std::string delimiter, std::size_t max_bytes) {
    return {Kind::until, max_bytes, std::move(delimiter)};
}

ReadRequest ReadRequest::until_match(std::unique_ptr<StreamPattern> pattern,
                                     std::size_t max_bytes) {
    ReadRequest request{Kind::until_match, max_bytes};
    request.pattern_ = std::move(pattern);
    return request;
}

ReadRequest ReadRequest::line(std::size_t max_bytes) { return {Kind::line, max_bytes, "\n"}; }

ReadRequest ReadRequest::exactly(std::size_t count) { return {Kind::exactly, count}; }

ReadRequest ReadRequest::some(std::size_t most) { return {Kind::some, most}; }

ReadRequest ReadRequest::until_close(std::size_t max_bytes) {
    return {Kind::until_close, max_bytes};
}

ReadRequest::Match ReadRequest::match(std::string_view bytes) noexcept {
    switch (kind_) {
        case Kind::until:
        case Kind::line:
            return find(bytes);
        case Kind::until_match:
            return find_match(bytes);
        case Kind::exactly:
            if (bytes.size() >= limit_) return {State::satisfied, limit_};
            return {};
        case Kind::some:
            if (!bytes.empty()) return {State::satisfied, std::min(bytes.size(), limit_)};
            return {};
        case Kind::until_close:
            if (bytes.size() > limit_) return {State::overflow};
            return {};
    }
    __builtin_unreachable();
}

ReadRequest::Match ReadRequest::match_at_end(std::string_view bytes) noexcept {
    const Match found = match(bytes);
    if (found.state != State::waiting) return found;
    if (kind_ == Kind::until_close || (kind_ == Kind::line && !bytes.empty()))
        return {State::satisfied, bytes.size()};
    return {};
}

std::string_view ReadRequest::answer(std::string_view matched) const noexcept {
    if (kind_ != Kind::line || !matched.ends_with('\n')) return matched;
    matched.remove_suffix(matched.ends_with("\r\n") ? 2 : 1);
    return matched;
}

ReadRequest::Match ReadRequest::find(std::string_view bytes) noexcept {
    const std::size_t at = bytes.find(delimiter_, searched_);
    if (at != std::string_view::npos) {
        const std::size_t size = at + delimiter_.size();
        return size <= limit_ ? Match{State::satisfied, size} : Match{State::overflow};
    }
    if (bytes.size() >= limit_) return {State::overflow};
    // The delimiter may lie across the end of what is there.
    searched_ = bytes.size() - std::min(bytes.size(), delimiter_.size() - 1);
    return {};
}

ReadRequest::Match ReadRequest::find_match(std::string_view bytes) noexcept {
    const std::string_view fresh = bytes.substr(0, limit_).substr(searched_);
    if (const std::optional<std::size_t> size = pattern_->feed(fresh))
        return {State::satisfied, searched_ + *size};
    if (bytes.size() >= limit_) return {State::overflow};
    searched_ = bytes.size();
    return {};
}

}  // namespace gyre::detail
