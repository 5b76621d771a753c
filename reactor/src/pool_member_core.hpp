#pragma once

#include <gyre/pool_member.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_pool.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstddef>
#include <vector>

namespace gyre::detail {

/// The member behind `PoolMember`: made, used and destroyed on its own thread. It has ended when
/// its stop handlers are through (`finished_`) and, for member 0, the others have ended.
class PoolMemberCore {
public:
    PoolMemberCore(std::size_t index, const ReactorPoolOptions& options);
    PoolMemberCore(const PoolMemberCore&) = delete;
    PoolMemberCore& operator=(const PoolMemberCore&) = delete;
    /// Releases the stop handlers, then the reactor.
    ~PoolMemberCore();

    Error set_up(const ReactorPool::SetUp& set_up) noexcept;
    /// Dispatches until it has ended.
    void run();

    /// Begins with the stop handlers; on a turn of its loop.
    void stop();
    void on_others_ended();

    Reactor& reactor() noexcept { return reactor_; }
    std::size_t index() const noexcept { return index_; }
    void on_stop(PoolMember::StopHandler handler);

private:
    class StopStep;

    struct StopEntry {
        PoolMember::StopHandler handler;
        bool called = false;
    };

    void stop_next();
    void on_stop_timeout();
    void finish();
    void end_when_over();

    const std::size_t index_;
    const Duration stop_timeout_;
    Reactor reactor_;
    PoolMember handle_{*this};
    std::vector<StopEntry> stop_entries_;
    Origin stopping_;  // of the stop handler that was called last
    Timeout timeout_;
    bool finished_ = false;
    bool others_ended_;
};

}  // namespace gyre::detail
