#pragma once

#include <gyre/clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <utility>

namespace gyre::detail {

/// An io_context that runs on the reactor's loop. Once there is one, the loop waits in it, and it
/// watches the poller's descriptor: so each ends the other's sleep.
class AsioGuest {
public:
    explicit AsioGuest(int poller_descriptor);
    AsioGuest(const AsioGuest&) = delete;
    AsioGuest& operator=(const AsioGuest&) = delete;
    /// Destroys the handlers that wait without calling them.
    ~AsioGuest();

    boost::asio::io_context& context() noexcept { return context_; }

    /// True while something but the guest's own watching is under way in the io_context. It may run
    /// handlers to find out, so only the loop asks.
    bool has_work();
    /// Waits until a handler has run or the poller is ready, for at most `timeout` (a negative one:
    /// without end).
    void wait(Duration timeout);
    /// Runs a handler that is ready; false if there is none.
    bool run_ready();
    /// How many handlers have run since it was asked last.
    std::size_t take_count() noexcept { return std::exchange(ran_, 0); }

private:
    void watch();
    template <class Run>
    std::size_t guarded(Run run) noexcept;

    boost::asio::io_context context_{1};
    boost::asio::posix::stream_descriptor poller_;
    bool watching_ = false;
    std::size_t ran_ = 0;
};

}  // namespace gyre::detail
