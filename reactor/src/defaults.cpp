#include "defaults.hpp"

#include "ares_resolver.hpp"
#include "reactor_core.hpp"
#include "socket_network.hpp"
#include <gyre/executor.hpp>
#include <gyre/log.hpp>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/random.h>

namespace gyre {

namespace {

std::optional<bool> switch_of(const char* variable) noexcept {
    const char* value = std::getenv(variable);
    if (!value || !*value) return std::nullopt;
    return std::strcmp(value, "0") != 0;
}

}  // namespace

bool ReactorOptions::default_checks() noexcept {
#ifdef NDEBUG
    constexpr bool for_debugging = false;
#else
    constexpr bool for_debugging = true;
#endif
    return switch_of("GYRE_CHECKS").value_or(for_debugging);
}

bool ReactorOptions::default_watchdog() noexcept {
    return switch_of("GYRE_WATCHDOG").value_or(default_checks());
}

Duration ReactorOptions::default_slow_callback() noexcept {
    constexpr Duration usual = std::chrono::milliseconds{100};
    const char* value = std::getenv("GYRE_SLOW_CALLBACK");
    if (!value) return usual;
    int ms = 0;
    const std::string_view text = value;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc{} || end != text.data() + text.size() || ms < 0) return usual;
    return ms == 0 ? Duration::max() : Duration{std::chrono::milliseconds{ms}};
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
    if (!options.clock) options.clock = std::make_shared<SteadyClock>();
    if (!options.network) options.network = std::make_shared<SocketNetwork>(core.poller());
    if (!options.resolver)
        options.resolver =
            std::make_shared<AresResolver>(ReactorRef{core.shared_from_this()}, core.poller());
    if (!options.executor) options.executor = make_thread_pool(options.executor_options);
    if (options.slow_callback <= Duration::zero()) {
        log(LogLevel::error, "ReactorOptions::slow_callback must be positive; 100 ms are used");
        options.slow_callback = std::chrono::milliseconds{100};
    }
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
