#pragma once

#include <gyre/clock.hpp>
#include <gyre/handler.hpp>
#include <gyre/periodic_callback.hpp>
#include <gyre/reactor.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace example {

/// One line at the bottom of a terminal that shows how far a program has come. It goes to stderr,
/// ten times a second, and nowhere if stderr is no terminal. Destroying it wipes the line.
class Progress {
public:
    /// Shows what `text` returns, from the first tenth of a second of `Reactor::run` on, which does
    /// not wait for it. Without `wanted` it does nothing at all.
    Progress(gyre::Reactor& reactor, bool wanted, std::function<std::string()> text);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    /// Whether there is a terminal, and the bar was wanted.
    bool is_shown() const { return ticks_.is_running(); }
    /// To be called before anything else is written, lest it stand behind the bar. The bar comes
    /// back by itself.
    void wipe();

private:
    void draw();

    std::function<std::string()> text_;
    gyre::PeriodicCallback ticks_;
    bool drawn_ = false;
};

/// "[#####-----] 50/100 done, 20 running"
std::string describe_count(std::uint64_t done, std::uint64_t total, std::uint64_t running);

/// "[#####-----] 50 %  5.2 MB of 10.4 MB, 1.3 MB/s, 4 s left"; without a length "5.2 MB, 1.3 MB/s".
std::string describe_transfer(std::uint64_t bytes, std::optional<std::uint64_t> length,
                              gyre::Duration elapsed);

}  // namespace example
