#include "client_queue.hpp"

#include <gyre/limits.hpp>

#include <tuple>
#include <utility>

namespace gyre::http::detail {
namespace {

// An entry of its own for each origin, made once.
template <class Map, class Value>
typename Map::node_type make_node(Value value) {
    Map map;
    map.emplace(typename Map::key_type{}, std::move(value));
    return map.extract(map.begin());
}

}  // namespace

bool ClientQueue::Rank::operator<(const Rank& other) const noexcept {
    // The higher priority is the smaller rank.
    return std::tie(needs_slot, other.priority, arrival) <
           std::tie(other.needs_slot, priority, other.arrival);
}

ClientQueue::ClientQueue(const Limits& limits) : limits_(limits) {
    all_.spare = make_node<Ready>(&all_);
}

ClientQueue::~ClientQueue() { close(); }

ClientQueue::Ticket ClientQueue::enqueue(std::shared_ptr<ClientQueueUser> user,
                                         std::string_view origin, int priority) {
    Ticket ticket;
    if (closed_) return ticket;
    ticket.origin_ = &find_or_add(origin);
    ticket.rank_ = {.needs_slot = true, .priority = priority, .arrival = ++arrivals_};
    wait(ticket, std::move(user));
    return ticket;
}

std::shared_ptr<ClientQueueUser> ClientQueue::next() {
    if (ready_.empty()) return nullptr;
    Origin& origin = *ready_.begin()->second;
    const auto first = origin.waiting.begin();
    if (first->first.needs_slot) {
        if (running_ >= limits_.in_all) return nullptr;
        ++running_;
    }
    std::shared_ptr<ClientQueueUser> user = std::move(first->second);
    origin.waiting.erase(first);
    --waiting_;
    ++origin.running;
    update(origin);
    return user;
}

bool ClientQueue::move(Ticket& ticket, std::shared_ptr<ClientQueueUser> user,
                       std::string_view origin) {
    if (closed_ || !ticket || !looks_at_origins() || ticket.origin_->name == origin) return true;
    Origin& to = find_or_add(origin);
    Origin& from = *std::exchange(ticket.origin_, &to);
    --from.running;
    update(from);
    ticket.rank_.needs_slot = false;
    // Those that wait there while there is room wait for a slot.
    if (has_room(to)) {
        ++to.running;
        update(to);
        return true;
    }
    wait(ticket, std::move(user));
    return false;
}

void ClientQueue::leave(Ticket& ticket) noexcept {
    Origin* const origin = std::exchange(ticket.origin_, nullptr);
    if (!origin || closed_) return;
    std::shared_ptr<ClientQueueUser> user;  // goes last: its captures may do anything
    const auto found = origin->waiting.find(ticket.rank_);
    const bool waits = found != origin->waiting.end();
    if (waits) {
        user = std::move(found->second);
        origin->waiting.erase(found);
        --waiting_;
    } else {
        --origin->running;
    }
    if (!waits || !ticket.rank_.needs_slot) --running_;
    update(*origin);
}

void ClientQueue::close() noexcept {
    closed_ = true;
    ready_.clear();
    waiting_ = 0;
    running_ = 0;
    const Waiting of_all = std::move(all_.waiting);
    const auto of_origins = std::move(origins_);
}

bool ClientQueue::looks_at_origins() const noexcept {
    return limits_.per_origin != int{gyre::unlimited};
}

ClientQueue::Origin& ClientQueue::find_or_add(std::string_view name) {
    if (!looks_at_origins()) return all_;
    if (const auto found = origins_.find(name); found != origins_.end()) return found->second;
    const auto added = origins_.try_emplace(std::string{name}).first;
    Origin& origin = added->second;
    origin.name = added->first;
    origin.spare = make_node<Ready>(&origin);
    return origin;
}

void ClientQueue::wait(Ticket& ticket, std::shared_ptr<ClientQueueUser> user) {
    ticket.origin_->waiting.emplace(ticket.rank_, std::move(user));
    ++waiting_;
    update(*ticket.origin_);
}

bool ClientQueue::has_room(const Origin& origin) const noexcept {
    return !looks_at_origins() || origin.running < limits_.per_origin;
}

// Brings its standing among those that are ready in line with its own state; one that nobody waits
// for or runs at is forgotten.
void ClientQueue::update(Origin& origin) noexcept {
    if (origin.ready) origin.spare = ready_.extract(origin.ready_as);
    origin.ready = !origin.waiting.empty() && has_room(origin);
    if (origin.ready) {
        origin.ready_as = origin.waiting.begin()->first;
        origin.spare.key() = origin.ready_as;
        ready_.insert(std::move(origin.spare));
    } else if (&origin != &all_ && origin.waiting.empty() && origin.running == 0) {
        origins_.erase(origins_.find(origin.name));
    }
}

}  // namespace gyre::http::detail
