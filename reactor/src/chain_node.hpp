#pragma once

#include <gyre/chain.hpp>

#include <atomic>
#include <cstdint>
#include <source_location>
#include <vector>

namespace gyre::detail {

/// One registration: where and when it happened, which callback did it, and when its callback ran.
///
/// The memory of a node is only ever used for nodes again, and what another thread may look at is
/// atomic: so the watchdog can follow the chain of a running callback and find out afterwards
/// whether it still was the same.
struct ChainNode {
    std::atomic<std::source_location> place;
    std::atomic<ChainNode*> parent{nullptr};
    std::atomic<std::uint32_t> references{0};
    unsigned depth = 0;
    std::uint64_t id = 0;          // of this process; 0 is main
    std::uint64_t registered = 0;  // CycleClock's ticks; when the callback that did it began, …
    // … and when this one did. Reactors on several threads may run copies of one handler.
    std::atomic<std::uint64_t> started{0};
    // … exactly, while a TraceRecording runs.
};

/// The registration places from `node` back to main, at most as many as a chain can be long.
std::vector<std::source_location> chain_places(const ChainNode* node);

void set_tracing(bool on) noexcept;

}  // namespace gyre::detail
