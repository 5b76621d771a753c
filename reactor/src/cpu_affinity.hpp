#pragma once

#include <gyre/error.hpp>

#include <cstddef>
#include <vector>

#include <sched.h>

namespace gyre::detail {

/// The CPUs that this thread may run on, in ascending order; empty if the system does not tell.
std::vector<std::size_t> allowed_cpus();

/// Keeps this thread on one CPU until its end, which is on the same thread.
class PinnedThread {
public:
    PinnedThread() noexcept = default;
    PinnedThread(const PinnedThread&) = delete;
    PinnedThread& operator=(const PinnedThread&) = delete;
    ~PinnedThread();

    Error pin_to(std::size_t cpu);

private:
    cpu_set_t before_{};
    bool pinned_ = false;
};

}  // namespace gyre::detail
