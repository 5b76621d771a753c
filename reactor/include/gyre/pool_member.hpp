#pragma once

#include <gyre/callback.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>

#include <cstddef>

namespace gyre {

class Reactor;
namespace detail {
class PoolMemberCore;
}

/// One thread of a `ReactorPool` and its reactor, as the pool's set-up function gets it. Valid
/// until the member has ended, so also in every callback on its reactor; on its own thread only.
class GYRE_API PoolMember {
public:
    /// Ends something, and calls its argument when that has ended.
    using StopHandler = Handler<void(Callback<void()>)>;

    PoolMember(const PoolMember&) = delete;
    PoolMember& operator=(const PoolMember&) = delete;

    /// Its own. Not running yet during the set-up, so what is begun there is dispatched when all
    /// members are set up. If the program calls this reactor's `stop`, the member ends at once,
    /// without its stop handlers, and the pool is stopped.
    Reactor& reactor() const noexcept;
    /// From 0 to `ReactorPool::size() - 1`.
    std::size_t index() const noexcept;

    /// How this member ends what it runs. `ReactorPool::stop` calls the handlers of each member on
    /// its thread, the latest first, each when the one before it has called its argument (on any
    /// thread; letting go of it uncalled counts as well but is reported, as is an exception). What
    /// shall end side by side belongs in one handler. After the last one the member ends.
    ///
    ///     member.on_stop([server](gyre::Callback<void()> done) { server->stop(std::move(done));
    ///     });
    ///
    /// What a handler captures (the server) lives until the member's loop has ended, also when the
    /// handler is never called, and is then destroyed on the member's thread, the latest first,
    /// before the reactor.
    void on_stop(StopHandler handler);

private:
    friend class detail::PoolMemberCore;
    explicit PoolMember(detail::PoolMemberCore& core) noexcept : core_(core) {}

    detail::PoolMemberCore& core_;
};

}  // namespace gyre
