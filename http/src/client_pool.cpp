#include "client_pool.hpp"

#include <gyre/error_access.hpp>

#include <algorithm>
#include <utility>

namespace gyre::http::detail {

ClientPool::ClientPool(const gyre::detail::ReactorRef& reactor, const Limits& limits)
    : reactor_(reactor), limits_(limits), deadline_(reactor, *this) {}

std::shared_ptr<ClientConnection> ClientPool::take(const ConnectionKey& key) {
    for (auto place = idle_.end(); place != idle_.begin();) {
        --place;
        if (!(place->connection->key() == key)) continue;
        // While the loop was not running, nobody watched it. Parked in this very turn, it was read
        // from a moment ago, to the end, and under load the system call would tell in every fetch.
        const bool is_fresh = place->since == reactor_.now() && place->connection->has_read_all();
        if (!is_fresh && (expired(*place) || !place->connection->is_quiet())) {
            place = remove(place);
            continue;
        }
        std::shared_ptr<ClientConnection> connection = std::move(place->connection);
        idle_.erase(place);
        return connection;
    }
    return nullptr;
}

void ClientPool::park(std::shared_ptr<ClientConnection> connection) {
    make_room(connection->key());
    connection->set_user(*this);
    idle_.push_back({std::move(connection), reactor_.now()});
    if (!deadline_.armed()) arm();
}

void ClientPool::make_room(const ConnectionKey& key) {
    // To count them means to look at all.
    if (idle_.size() < limits_.per_host && idle_.size() < limits_.in_all) return;
    const auto same_host = [&](const Idle& idle) { return idle.connection->key() == key; };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(idle_, same_host));
    if (count >= limits_.per_host) remove(std::ranges::find_if(idle_, same_host));
    if (idle_.size() >= limits_.in_all) remove(idle_.begin());
}

void ClientPool::clear() noexcept {
    while (!idle_.empty())
        remove(idle_.begin());
    deadline_.clear();
}

ClientPool::Place ClientPool::remove(Place place) noexcept {
    place->connection->close();
    return idle_.erase(place);
}

void ClientPool::drop(const ClientConnection& connection) noexcept {
    const auto place = std::ranges::find_if(
        idle_, [&](const Idle& idle) { return idle.connection.get() == &connection; });
    if (place != idle_.end()) remove(place);
}

bool ClientPool::expired(const Idle& idle) const noexcept {
    return reactor_.now() - idle.since >= limits_.idle_timeout;
}

void ClientPool::arm() noexcept {
    if (idle_.empty()) return;
    const Duration passed = reactor_.now() - idle_.front().since;
    deadline_.expire_after(limits_.idle_timeout - passed);
}

void ClientPool::on_deadline(gyre::detail::Deadline&) noexcept {
    while (!idle_.empty() && expired(idle_.front()))
        remove(idle_.begin());
    arm();
}

// An idle connection has nothing to tell but its end.
void ClientPool::on_sent(ClientConnection&) noexcept {}

void ClientPool::on_bytes(ClientConnection& connection, std::string_view) noexcept {
    // What was not asked for must not become the answer to the next request.
    drop(connection);
}

void ClientPool::on_ended(ClientConnection& connection, Error error) noexcept {
    error.ignore("an idle connection may end at any time");
    drop(connection);
}

}  // namespace gyre::http::detail
