#include "defaults.hpp"

#include "ares_resolver.hpp"
#include "reactor_core.hpp"
#include "socket_network.hpp"
#include "thread_pool.hpp"
#include <gyre/log.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/random.h>

namespace gyre {

bool ReactorOptions::default_checks() noexcept {
    if (const char* value = std::getenv("GYRE_CHECKS"); value && *value)
        return std::strcmp(value, "0") != 0;
#ifdef NDEBUG
    return false;
#else
    return true;
#endif
}

namespace detail {
namespace {

class SteadyClock final : public Clock {
public:
    TimePoint now() noexcept override { return std::chrono::steady_clock::now(); }
};

class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) {
                log(LogLevel::error, "the system gives no random bytes");
                std::abort();
            }
            bytes = bytes.subspan(static_cast<std::size_t>(got));
        }
    }
};

}  // namespace

void fill_defaults(ReactorOptions& options, ReactorCore& core) {
    constexpr std::size_t executor_threads = 4;
    constexpr std::size_t executor_queue = 1024;
    if (!options.clock) options.clock = std::make_shared<SteadyClock>();
    if (!options.network) options.network = std::make_shared<SocketNetwork>(core.poller());
    if (!options.resolver)
        options.resolver =
            std::make_shared<AresResolver>(ReactorRef{core.shared_from_this()}, core.poller());
    if (!options.executor)
        options.executor = std::make_shared<ThreadPool>(executor_threads, executor_queue);
    if (!options.random) options.random = std::make_shared<SystemRandom>();
}

void log_unhandled(const Error& error) {
    std::string text = "unhandled error: " + error.message();
    for (const std::source_location& place : error.trace())
        text += std::string{"; callback registered at "} + place.file_name() + ':' +
                std::to_string(place.line());
    log(LogLevel::error, text);
}

}  // namespace detail
}  // namespace gyre
