#include "chain_node.hpp"

#include <cstdlib>
#include <cstring>

namespace gyre::detail {
namespace {

constexpr unsigned max_depth = 64;

std::atomic<int>& tracing_state() noexcept {
    static std::atomic<int> state{[] {
        const char* value = std::getenv("GYRE_TRACE");
        return value && *value && std::strcmp(value, "0") != 0 ? 1 : 0;
    }()};
    return state;
}

thread_local ChainNode* running = nullptr;

}  // namespace

bool tracing() noexcept { return tracing_state().load(std::memory_order_relaxed) != 0; }

void set_tracing(bool on) noexcept { tracing_state().store(on ? 1 : 0); }

ChainNode* running_node() noexcept { return running; }

void set_running_node(ChainNode* node) noexcept { running = node; }

ChainNode* new_chain_node(std::source_location place) {
    ChainNode* parent = running;
    // A callback that registers itself for ever would keep every node: beyond the depth the chain
    // is cut at its oldest end, which a new node does by starting afresh.
    if (parent && parent->depth >= max_depth) parent = nullptr;
    if (parent) retain_chain_node(parent);
    return new ChainNode{.place = place, .parent = parent, .depth = parent ? parent->depth + 1 : 0};
}

void retain_chain_node(ChainNode* node) noexcept {
    node->references.fetch_add(1, std::memory_order_relaxed);
}

void release_chain_node(ChainNode* node) noexcept {
    while (node && node->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        ChainNode* parent = node->parent;
        delete node;
        node = parent;
    }
}

}  // namespace gyre::detail
