#pragma once

#include <gyre/chain.hpp>

#include <atomic>
#include <cstdint>
#include <source_location>

namespace gyre::detail {

/// One registration: where it happened and which callback did it.
struct ChainNode {
    std::source_location place;
    ChainNode* parent = nullptr;
    unsigned depth = 0;
    std::atomic<std::uint32_t> references{1};
};

/// The node of the callback that runs on this thread; null outside of callbacks or untraced.
ChainNode* running_node() noexcept;
void set_running_node(ChainNode* node) noexcept;
void set_tracing(bool on) noexcept;

}  // namespace gyre::detail
