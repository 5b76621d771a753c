#include "chain_node.hpp"
#include "cycle_clock.hpp"
#include <gyre/dispatch.hpp>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include <sys/single_threaded.h>

namespace gyre::detail {
namespace {

constexpr unsigned max_depth = 64;

bool asked_to_trace() noexcept {
    const char* value = std::getenv("GYRE_TRACE");
    return value && *value && std::strcmp(value, "0") != 0;
}

/// Nodes that are free, linked by `parent`. Each thread has some of its own; what it has too many
/// of, as it releases what other threads have made, and what it leaves behind goes to all.
class NodePool {
public:
    NodePool() = default;
    NodePool(const NodePool&) = delete;
    NodePool& operator=(const NodePool&) = delete;
    ~NodePool() {
        gone = true;
        const std::lock_guard lock{shared_mutex()};
        share(count_);
    }

    static ChainNode* take() {
        if (!gone)
            if (ChainNode* node = local().take_own()) return node;
        return take_shared();
    }
    static void give_back(ChainNode* node) noexcept {
        if (!gone) return local().give_back_own(node);
        const std::lock_guard lock{shared_mutex()};
        push(shared_free(), node);
    }

private:
    static constexpr std::size_t batch = 64;  // how many are made, or change hands, at once

    ChainNode* take_own() noexcept {
        if (free_) --count_;
        return pop(free_);
    }
    void give_back_own(ChainNode* node) noexcept {
        push(free_, node);
        if (++count_ < 2 * batch) return;
        const std::lock_guard lock{shared_mutex()};
        share(batch);
    }
    // Under the mutex.
    void share(std::size_t count) noexcept {
        for (; count > 0; --count)
            push(shared_free(), take_own());
    }

    static void push(ChainNode*& list, ChainNode* node) noexcept {
        node->parent.store(list, std::memory_order_relaxed);
        list = node;
    }
    static ChainNode* pop(ChainNode*& list) noexcept {
        ChainNode* node = list;
        if (node) list = node->parent.load(std::memory_order_relaxed);
        return node;
    }
    static ChainNode* take_shared() {
        const std::lock_guard lock{shared_mutex()};
        if (!shared_free()) {
            // Never given back to the system: see ChainNode.
            auto* nodes = new ChainNode[batch];
            for (std::size_t i = 0; i < batch; ++i)
                push(shared_free(), &nodes[i]);
        }
        ChainNode* taken = pop(shared_free());
        for (std::size_t i = 1; !gone && i < batch && shared_free(); ++i) {
            push(local().free_, pop(shared_free()));
            ++local().count_;
        }
        return taken;
    }

    // A reactor may be a static of the program and then outlives the threads' variables, and the
    // program's: these are never destroyed.
    static std::mutex& shared_mutex() noexcept {
        static auto* mutex = new std::mutex;
        return *mutex;
    }
    static ChainNode*& shared_free() noexcept {
        static ChainNode* list = nullptr;
        return list;
    }
    static NodePool& local() noexcept {
        static thread_local NodePool pool;
        return pool;
    }

    static inline thread_local bool gone = false;
    ChainNode* free_ = nullptr;
    std::size_t count_ = 0;
};

std::uint64_t next_id() noexcept {
    static std::atomic<std::uint64_t> threads{0};
    constexpr unsigned ids_of_a_thread = 40;  // bits
    static thread_local std::uint64_t last = threads.fetch_add(1) << ids_of_a_thread;
    return ++last;
}

// As std::shared_ptr does: without threads a plain count will do, at a third of the cost of a hop.
bool drop_reference(std::atomic<std::uint32_t>& count) noexcept {
    if (!__libc_single_threaded) return count.fetch_sub(1, std::memory_order_acq_rel) == 1;
    const std::uint32_t left = count.load(std::memory_order_relaxed) - 1;
    count.store(left, std::memory_order_relaxed);
    return left == 0;
}

}  // namespace

std::atomic<bool> tracing_on{asked_to_trace()};

void set_tracing(bool on) noexcept { tracing_on.store(on); }

ChainNode* new_chain_node(std::source_location place) {
    const DispatchState& state = dispatch_state;
    ChainNode* parent = state.node.load(std::memory_order_relaxed);
    const std::uint64_t registered =
        state.exact ? CycleClock::ticks()
                    : (parent ? parent->started.load(std::memory_order_relaxed) : 0);
    // A callback that registers itself for ever would keep every node: beyond the depth the chain
    // is cut at its oldest end, which a new node does by starting afresh.
    if (parent && parent->depth >= max_depth) parent = nullptr;
    if (parent) retain_chain_node(parent);
    ChainNode* node = NodePool::take();
    node->place.store(place, std::memory_order_relaxed);
    node->parent.store(parent, std::memory_order_relaxed);
    node->references.store(1, std::memory_order_relaxed);
    node->depth = parent ? parent->depth + 1 : 0;
    node->id = next_id();
    node->registered = registered;
    node->started.store(0, std::memory_order_relaxed);
    return node;
}

void retain_chain_node(ChainNode* node) noexcept {
    std::atomic<std::uint32_t>& count = node->references;
    if (__libc_single_threaded)
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    else
        count.fetch_add(1, std::memory_order_relaxed);
}

void release_chain_node(ChainNode* node) noexcept {
    while (node && drop_reference(node->references)) {
        ChainNode* parent = node->parent.load(std::memory_order_relaxed);
        NodePool::give_back(node);
        node = parent;
    }
}

std::vector<std::source_location> chain_places(const ChainNode* node) {
    std::vector<std::source_location> places;
    for (; node && places.size() <= max_depth; node = node->parent.load(std::memory_order_relaxed))
        places.push_back(node->place.load(std::memory_order_relaxed));
    return places;
}

}  // namespace gyre::detail
