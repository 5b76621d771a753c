#pragma once

#include <gyre/export.hpp>

#include <atomic>
#include <source_location>
#include <utility>

namespace gyre::detail {

struct ChainNode;

extern GYRE_API std::atomic<bool> tracing_on;
/// True while callbacks record which callback registered them (`GYRE_TRACE=1` or an option).
inline bool tracing() noexcept { return tracing_on.load(std::memory_order_relaxed); }
/// A new node for a callback registered at `place` by the callback that is running now.
GYRE_API ChainNode* new_chain_node(std::source_location place);
GYRE_API void retain_chain_node(ChainNode* node) noexcept;
GYRE_API void release_chain_node(ChainNode* node) noexcept;

/// Where a callback was registered and, with tracing on, by which other callback. Copies share the
/// recorded node; copying and destroying is allowed on any thread.
class Origin {
public:
    Origin() = default;
    explicit Origin(std::source_location place)
        : place_(place), node_(tracing() ? new_chain_node(place) : nullptr) {}

    Origin(const Origin& other) noexcept : place_(other.place_), node_(other.node_) {
        if (node_) retain_chain_node(node_);
    }
    Origin(Origin&& other) noexcept
        : place_(other.place_), node_(std::exchange(other.node_, nullptr)) {}
    Origin& operator=(Origin other) noexcept {
        std::swap(place_, other.place_);
        std::swap(node_, other.node_);
        return *this;
    }
    ~Origin() {
        if (node_) release_chain_node(node_);
    }

    std::source_location place() const noexcept { return place_; }
    ChainNode* node() const noexcept { return node_; }

private:
    std::source_location place_;
    ChainNode* node_ = nullptr;
};

}  // namespace gyre::detail
