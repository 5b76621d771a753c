#include "stream_impl.hpp"

#include <string>

// What StreamImpl says of itself to `Reactor::pending`.
namespace gyre::detail {

void StreamImpl::list_pending(PendingOperations& all) const {
    if (state_ == State::closed) return;
    if (state_ == State::handshaking)
        add_pending(all, "TLS handshake", handshake_callback_.place());
    if (read_callback_) add_pending(all, "read", read_callback_.place());
    if (into_) add_pending(all, "read", into_->callback.place());
    if (on_data_ && !end_told_) add_pending(all, "data", on_data_.place());
    if (!queue_.empty()) add_pending(all, "write", queue_.last_place());
}

void StreamImpl::add_pending(PendingOperations& all, std::string_view kind,
                             std::source_location place) const {
    const Address peer = transport_ ? transport_->peer_address() : Address{};
    const bool known = peer.family() != Address::Family::none;
    all.push_back({.kind = kind,
                   .detail = known ? "with " + peer.to_string() : std::string{},
                   .place = place,
                   .keeps_running = hold_.held()});
}

}  // namespace gyre::detail
