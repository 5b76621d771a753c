#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What waits in a ClientQueue.
class ClientQueueUser {
public:
    /// Called by whoever took it from `next`.
    virtual void on_slot() = 0;

protected:
    ClientQueueUser() = default;
    ClientQueueUser(const ClientQueueUser&) = default;
    ClientQueueUser& operator=(const ClientQueueUser&) = default;
    ~ClientQueueUser() = default;
};

/// Who may run next, without running anybody: so many at once in all, so many of each origin;
/// higher priority first, then who came first. An origin that is full does not hold up the others.
///
/// Whoever runs holds a slot (one of `max_clients`) and a place (one of its origin's). Every
/// operation takes logarithmic time, whoever waits. Without a limit for each origin nothing is kept
/// of origins, and an entry costs one node.
class ClientQueue {
    struct Origin;

    // What is smaller goes first. Who has a slot already comes before all that have none: it may be
    // the only one that can go on, and holds up the others meanwhile.
    struct Rank {
        bool needs_slot = true;
        int priority = 0;
        std::uint64_t arrival = 0;

        bool operator<(const Rank& other) const noexcept;
    };

public:
    struct Limits {
        int in_all;
        int per_origin;  ///< `gyre::unlimited`: origins are not looked at.
    };

    /// Where an entry stands; kept by its user, good for one `leave`. Empty: nowhere.
    class Ticket {
    public:
        Ticket() noexcept = default;
        explicit operator bool() const noexcept { return origin_ != nullptr; }

    private:
        friend class ClientQueue;
        Origin* origin_ = nullptr;
        Rank rank_;
    };

    explicit ClientQueue(const Limits& limits);
    ClientQueue(const ClientQueue&) = delete;
    ClientQueue& operator=(const ClientQueue&) = delete;
    ~ClientQueue();

    /// Waits for a slot and a place. Nobody is told: ask `next` afterwards, as after `move` and
    /// `leave`, until it has no more.
    [[nodiscard]] Ticket enqueue(std::shared_ptr<ClientQueueUser> user, std::string_view origin,
                                 int priority);
    /// The one who runs from now on, or null if nobody can. Its ticket stays as it is.
    std::shared_ptr<ClientQueueUser> next();
    /// One that runs goes on at another origin: it keeps its slot and its age, and gives its place
    /// back. True if it may go on at once; else it waits, and `next` gives it once more.
    [[nodiscard]] bool move(Ticket& ticket, std::shared_ptr<ClientQueueUser> user,
                            std::string_view origin);
    /// Gives up waiting or is done running, whichever it is, and empties the ticket.
    void leave(Ticket& ticket) noexcept;
    /// Lets go of all that wait, for good: from here on nobody enters, and tickets mean nothing.
    void close() noexcept;

    std::size_t waiting() const noexcept { return waiting_; }
    /// Who holds a slot; some of them may wait for a place.
    int running() const noexcept { return running_; }
    /// Origins that somebody waits for or runs at; for tests.
    std::size_t origins() const noexcept { return origins_.size(); }

private:
    using Waiting = std::map<Rank, std::shared_ptr<ClientQueueUser>>;
    using Ready = std::map<Rank, Origin*>;

    struct Origin {
        Waiting waiting;
        int running = 0;
        std::string_view name;
        // Its entry among those that are ready, kept here while it is not one of them, so that
        // coming and going costs no allocation.
        Ready::node_type spare;
        bool ready = false;
        Rank ready_as;
    };

    bool looks_at_origins() const noexcept;
    Origin& find_or_add(std::string_view name);
    void wait(Ticket& ticket, std::shared_ptr<ClientQueueUser> user);
    bool has_room(const Origin& origin) const noexcept;
    void update(Origin& origin) noexcept;

    Limits limits_;
    Origin all_;  // of everybody, if origins are not looked at
    std::map<std::string, Origin, std::less<>> origins_;
    // The origins that have room and somebody who waits, by the first who does.
    Ready ready_;
    std::uint64_t arrivals_ = 0;
    std::size_t waiting_ = 0;
    int running_ = 0;
    bool closed_ = false;
};

}  // namespace gyre::http::detail
