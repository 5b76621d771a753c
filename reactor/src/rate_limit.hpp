#pragma once

#include "token_bucket.hpp"
#include <gyre/reactor_ref.hpp>
#include <gyre/timeout.hpp>

#include <cstddef>

namespace gyre::detail {

class RateLimit;

/// Gets told when a RateLimit that held back lets bytes pass again.
class RateLimitListener {
public:
    virtual void on_rate_allows(RateLimit& limit) noexcept = 0;

protected:
    ~RateLimitListener() = default;
};

/// The rate of one direction of a stream, on the reactor's clock. Its timer does not keep `run`
/// going.
class RateLimit {
public:
    RateLimit(const ReactorRef& reactor, RateLimitListener& listener) noexcept
        : reactor_(reactor), listener_(listener) {}
    RateLimit(const RateLimit&) = delete;
    RateLimit& operator=(const RateLimit&) = delete;
    ~RateLimit() { cancel(); }

    void set(std::size_t rate, std::size_t burst) noexcept;
    /// How many bytes may pass now.
    std::size_t allows() const noexcept { return bucket_.available(reactor_.now()); }
    /// After that many have passed, also if they were too many.
    void passed(std::size_t count) noexcept { bucket_.take(count, reactor_.now()); }
    /// True if nothing may pass now; the listener is then told when that has changed.
    bool holds_back();
    /// The listener is not told any more.
    void cancel() noexcept { timer_.cancel(); }

private:
    const ReactorRef& reactor_;
    RateLimitListener& listener_;
    TokenBucket bucket_;
    Timeout timer_;
};

}  // namespace gyre::detail
