#include "cpu_affinity.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <string>

namespace gyre::detail {

std::vector<std::size_t> allowed_cpus() {
    std::vector<std::size_t> cpus;
    cpu_set_t set;
    // It fails on a machine with more CPUs than the set has room for (1024).
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    return cpus;
}

Error PinnedThread::pin_to(std::size_t cpu) {
    const std::string what = "keep a thread on CPU " + std::to_string(cpu);
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0) return system_error(errno, what);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) return system_error(errno, what);
    pinned_ = true;
    return {};
}

PinnedThread::~PinnedThread() {
    if (pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace gyre::detail
