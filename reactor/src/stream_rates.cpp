#include "stream_impl.hpp"

#include <algorithm>

// The rate limits of StreamImpl.
namespace gyre::detail {

void StreamImpl::set_rate_limits(std::size_t read_rate, std::size_t write_rate, std::size_t burst) {
    if (state_ == State::closed) return;
    constexpr std::size_t none = unlimited;
    if (!rates_ && read_rate == none && write_rate == none) return;
    if (!rates_) rates_ = std::make_unique<StreamRates>(reactor_, *this);
    rates_->read.set(read_rate, burst);
    rates_->write.set(write_rate, burst);
    on_rate_allows(rates_->read);
    on_rate_allows(rates_->write);
}

void StreamImpl::on_rate_allows(RateLimit& limit) noexcept {
    if (&limit == &rates_->read) return update_reading();
    if ((state_ == State::open || state_ == State::closing) && !queue_.empty()) wait_to_send();
}

std::size_t StreamImpl::may_send() const noexcept {
    return std::max(rates_->write.allows(), rates_->blocked);
}

// The part of what is queued that the rate allows.
std::span<std::string_view> StreamImpl::clip(std::span<std::string_view> parts) const noexcept {
    std::size_t left = may_send();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (left == 0) return parts.first(i);
        parts[i] = parts[i].substr(0, left);
        left -= parts[i].size();
    }
    return parts;
}

void StreamImpl::count_sent(std::span<const std::string_view> offer, std::size_t sent) noexcept {
    std::size_t offered = 0;
    for (const std::string_view part : offer)
        offered += part.size();
    count_sent(offered, sent);
}

void StreamImpl::count_sent(std::size_t offered, std::size_t sent) noexcept {
    rates_->write.passed(sent);
    rates_->blocked = offered - sent;
}

}  // namespace gyre::detail
