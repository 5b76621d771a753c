#include "client_queue.hpp"

#include <gyre/limits.hpp>

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

class ClientQueueTest : public testing::Test {
protected:
    using Ticket = ClientQueue::Ticket;

    struct User final : ClientQueueUser {
        explicit User(std::string called) : name(std::move(called)) {}
        void on_slot() override {}
        std::string name;
    };

    void use(int in_all, int per_origin) {
        queue = std::make_unique<ClientQueue>(
            ClientQueue::Limits{.in_all = in_all, .per_origin = per_origin});
    }
    void add(const std::string& name, std::string_view origin = "http://a:80", int priority = 0) {
        tickets[name] = queue->enqueue(std::make_shared<User>(name), origin, priority);
    }
    bool move(const std::string& name, std::string_view origin) {
        return queue->move(tickets[name], std::make_shared<User>(name), origin);
    }
    void leave(const std::string& name) { queue->leave(tickets[name]); }

    /// The names of all that may run now, in order.
    std::string started() {
        std::string names;
        while (const auto user = queue->next())
            names += (names.empty() ? "" : " ") + static_cast<const User&>(*user).name;
        return names;
    }

    std::unique_ptr<ClientQueue> queue;
    std::map<std::string, Ticket> tickets;
};

TEST_F(ClientQueueTest, FirstComeFirstServed) {
    use(2, gyre::unlimited);
    for (const char* name : {"1", "2", "3", "4"})
        add(name);
    EXPECT_EQ(started(), "1 2");
    leave("2");
    EXPECT_EQ(started(), "3");
    leave("1");
    leave("3");
    EXPECT_EQ(started(), "4");
    EXPECT_EQ(queue->running(), 1);
    leave("4");
    EXPECT_EQ(queue->running(), 0);
    EXPECT_EQ(started(), "");
}

TEST_F(ClientQueueTest, HigherPriorityFirst) {
    use(1, gyre::unlimited);
    add("low", "a", -1);
    add("first", "a", 0);
    add("high", "a", 7);
    add("second", "b", 0);
    add("highest", "b", 2'147'483'647);
    add("lowest", "b", -2'147'483'647 - 1);
    std::string order;
    for (std::string name = started(); !name.empty(); name = started()) {
        order += name + ' ';
        leave(name);
    }
    EXPECT_EQ(order, "highest high first second low lowest ");
}

TEST_F(ClientQueueTest, OneThatWaitsGivesUp) {
    use(1, 1);
    for (const char* name : {"1", "2", "3"})
        add(name);
    EXPECT_EQ(started(), "1");
    leave("2");
    EXPECT_EQ(queue->waiting(), 1U);
    EXPECT_EQ(started(), "");
    leave("1");
    EXPECT_EQ(started(), "3");
}

TEST_F(ClientQueueTest, TheFirstOfAnOriginGivesUpBeforeAnyRuns) {
    use(2, 1);
    add("1", "a", 5);
    add("2", "b", 4);
    add("3", "a", 3);
    leave("1");
    EXPECT_EQ(started(), "2 3");
}

TEST_F(ClientQueueTest, AFullOriginDoesNotHoldUpOthers) {
    use(10, 2);
    for (const char* name : {"a1", "a2", "a3", "a4"})
        add(name, "a", 9);
    add("b1", "b");
    EXPECT_EQ(started(), "a1 a2 b1");
    leave("b1");
    EXPECT_EQ(started(), "");
    leave("a1");
    EXPECT_EQ(started(), "a3");
}

TEST_F(ClientQueueTest, BothLimitsCount) {
    use(2, 1);
    add("a1", "a");
    add("a2", "a");
    add("b1", "b");
    add("c1", "c");
    EXPECT_EQ(started(), "a1 b1");
    leave("b1");
    EXPECT_EQ(started(), "c1");
    leave("a1");
    EXPECT_EQ(started(), "a2");
}

TEST_F(ClientQueueTest, ARedirectKeepsTheSlotAndGivesThePlaceBack) {
    use(2, 1);
    add("1", "a");
    add("2", "b");
    add("3", "a");
    EXPECT_EQ(started(), "1 2");
    EXPECT_FALSE(move("1", "b"));
    EXPECT_EQ(started(), "") << "the slot is kept, so there is none for 3";
    EXPECT_EQ(queue->running(), 2);
    leave("2");
    EXPECT_EQ(started(), "1 3");
    leave("1");
    leave("3");
    EXPECT_EQ(queue->running(), 0);
}

TEST_F(ClientQueueTest, ARedirectGoesOnAtOnceWhereThereIsRoom) {
    use(2, 1);
    add("1", "a");
    add("2", "a");
    EXPECT_EQ(started(), "1");
    EXPECT_TRUE(move("1", "a"));
    EXPECT_EQ(started(), "");
    EXPECT_TRUE(move("1", "b"));
    EXPECT_EQ(started(), "2") << "its place at the old origin is free";
    leave("1");
    leave("2");
    EXPECT_EQ(queue->origins(), 0U);
}

// Otherwise the one slot would be held for ever by one that waits for it.
TEST_F(ClientQueueTest, WhoHasASlotGoesBeforeHigherPriorities) {
    use(2, 1);
    add("1", "a");
    add("2", "b");
    EXPECT_EQ(started(), "1 2");
    add("3", "b", 100);
    EXPECT_FALSE(move("1", "b"));
    leave("2");
    EXPECT_EQ(started(), "1");
    leave("1");
    EXPECT_EQ(started(), "3");
}

TEST_F(ClientQueueTest, RedirectsKeepTheirAgeAmongEachOther) {
    use(4, 1);
    add("1", "a");
    add("2", "b");
    add("3", "c");
    add("4", "d", 1);
    EXPECT_EQ(started(), "4 1 2 3");
    EXPECT_FALSE(move("2", "c"));
    EXPECT_FALSE(move("1", "c"));
    EXPECT_FALSE(move("4", "c"));
    std::string order;
    for (std::string name = "3"; !name.empty(); name = started()) {
        order += name + ' ';
        leave(name);
    }
    EXPECT_EQ(order, "3 4 1 2 ");
    EXPECT_EQ(queue->running(), 0);
}

TEST_F(ClientQueueTest, ARedirectThatWaitsGivesUpItsSlotToo) {
    use(2, 1);
    add("1", "a");
    add("2", "b");
    add("3", "c");
    EXPECT_EQ(started(), "1 2");
    EXPECT_FALSE(move("1", "b"));
    leave("1");
    EXPECT_EQ(queue->waiting(), 1U);
    EXPECT_EQ(started(), "3");
}

TEST_F(ClientQueueTest, WithoutALimitForEachOriginRedirectsGoOn) {
    use(1, gyre::unlimited);
    add("1", "a");
    EXPECT_EQ(started(), "1");
    EXPECT_TRUE(move("1", "b"));
    EXPECT_EQ(queue->origins(), 0U);
    leave("1");
    EXPECT_EQ(queue->running(), 0);
}

TEST_F(ClientQueueTest, AnEmptyTicketAndASecondLeaveDoNothing) {
    use(1, 1);
    Ticket none;
    EXPECT_FALSE(none);
    queue->leave(none);
    add("1");
    EXPECT_TRUE(tickets["1"]);
    EXPECT_EQ(started(), "1");
    leave("1");
    EXPECT_FALSE(tickets["1"]);
    leave("1");
    EXPECT_EQ(queue->running(), 0);
}

TEST_F(ClientQueueTest, ClosedItLetsGoOfAllThatWait) {
    for (const int per_origin : {1, int{gyre::unlimited}}) {
        use(1, per_origin);
        auto user = std::make_shared<User>("1");
        Ticket first = queue->enqueue(user, "a", 0);
        Ticket second = queue->enqueue(user, "b", 0);
        queue->close();
        EXPECT_EQ(user.use_count(), 1);
        queue->leave(first);
        EXPECT_TRUE(queue->move(second, user, "c"));
        EXPECT_FALSE(queue->enqueue(user, "a", 0));
        EXPECT_EQ(started(), "");
    }
}

// With 20,000 that wait for one full origin a scan at each end would be 400 million steps.
TEST_F(ClientQueueTest, ManyThatWaitForOneOriginCostNothing) {
    use(10, 1);
    std::vector<Ticket> waiting;
    const auto user = std::make_shared<User>("waits");
    constexpr int many = 20'000;
    for (int i = 0; i < many; ++i)
        waiting.push_back(queue->enqueue(user, "full", i % 7));
    ASSERT_EQ(started(), "waits");
    int ran = 0;
    for (int i = 0; i < many; ++i) {
        Ticket other = queue->enqueue(user, "other", 0);
        ran += queue->next() ? 1 : 0;
        queue->leave(other);
    }
    EXPECT_EQ(ran, many);
    for (Ticket& ticket : waiting)
        queue->leave(ticket);
    EXPECT_EQ(queue->waiting(), 0U);
    EXPECT_EQ(queue->origins(), 0U);
}

/// The same rules by scanning a list.
class SlowQueue {
public:
    SlowQueue(int in_all, int per_origin) : in_all_(in_all), per_origin_(per_origin) {}

    void enqueue(int id, int origin, int priority) { all_.push_back({id, origin, priority}); }
    int next() {
        Entry* best = nullptr;
        for (Entry& entry : all_)
            if (may_run(entry) && (!best || before(entry, *best))) best = &entry;
        if (!best) return -1;
        best->slot = best->place = true;
        return best->id;
    }
    bool move(int id, int origin) {
        Entry& entry = find(id);
        if (entry.origin == origin) return true;
        entry.place = false;
        entry.origin = origin;
        entry.place = may_run(entry);
        return entry.place;
    }
    void leave(int id) {
        std::erase_if(all_, [&](const Entry& entry) { return entry.id == id; });
    }

private:
    struct Entry {
        int id;
        int origin;
        int priority;
        bool slot = false;
        bool place = false;
    };

    Entry& find(int id) {
        for (Entry& entry : all_)
            if (entry.id == id) return entry;
        throw std::logic_error{"no such entry"};
    }
    bool may_run(const Entry& entry) const {
        if (entry.place) return false;
        int slots = 0;
        int places = 0;
        for (const Entry& other : all_) {
            slots += other.slot ? 1 : 0;
            places += other.place && other.origin == entry.origin ? 1 : 0;
        }
        return (entry.slot || slots < in_all_) && places < per_origin_;
    }
    static bool before(const Entry& left, const Entry& right) {
        if (left.slot != right.slot) return left.slot;
        if (left.priority != right.priority) return left.priority > right.priority;
        return left.id < right.id;
    }

    int in_all_;
    int per_origin_;
    std::vector<Entry> all_;
};

TEST_F(ClientQueueTest, DoesWhatAScanWouldDo) {
    std::mt19937 random{7};
    const auto any = [&](int below) {
        return static_cast<int>(random() % static_cast<unsigned>(below));
    };
    for (int round = 0; round < 40; ++round) {
        const int in_all = 1 + any(5);
        const int per_origin = 1 + any(3);
        use(in_all, per_origin);
        SlowQueue slow{in_all, per_origin};
        std::vector<int> known;
        std::set<int> running;
        for (int id = 0; id < 150; ++id) {
            const int origin = any(4);
            const int priority = any(3);
            add(std::to_string(id), std::to_string(origin), priority);
            slow.enqueue(id, origin, priority);
            known.push_back(id);
            if (!running.empty() && any(2) == 0) {
                const int moved =
                    *std::next(running.begin(), any(static_cast<int>(running.size())));
                const int to = any(4);
                const bool at_once = slow.move(moved, to);
                ASSERT_EQ(move(std::to_string(moved), std::to_string(to)), at_once);
                if (!at_once) running.erase(moved);
            }
            for (int left = any(3); left > 0 && !known.empty(); --left) {
                const auto at = known.begin() + any(static_cast<int>(known.size()));
                leave(std::to_string(*at));
                slow.leave(*at);
                running.erase(*at);
                known.erase(at);
            }
            for (int expected = slow.next();; expected = slow.next()) {
                const auto user = queue->next();
                ASSERT_EQ(user ? std::stoi(static_cast<const User&>(*user).name) : -1, expected);
                if (expected < 0) break;
                running.insert(expected);
            }
        }
    }
}

}  // namespace
}  // namespace gyre::http::detail
