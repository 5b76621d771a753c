#include "pool_member_core.hpp"

#include "error_mapping.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>
#include <gyre/limits.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace gyre {

Reactor& PoolMember::reactor() const noexcept { return core_.reactor(); }

std::size_t PoolMember::index() const noexcept { return core_.index(); }

void PoolMember::on_stop(StopHandler handler) { core_.on_stop(std::move(handler)); }

namespace detail {

/// Travels in the argument of a stop handler: when that was called, or let go of, the next
/// handler's turn has come.
class PoolMemberCore::StopStep {
public:
    explicit StopStep(PoolMemberCore& member) noexcept
        : member_(&member), reactor_(member.reactor_) {}
    StopStep(StopStep&& other) noexcept
        : member_(std::exchange(other.member_, nullptr)), reactor_(std::move(other.reactor_)) {}
    StopStep(const StopStep&) = delete;
    StopStep& operator=(const StopStep&) = delete;
    StopStep& operator=(StopStep&&) = delete;
    ~StopStep() {
        if (!member_) return;
        // The member lives as long as its reactor, and without that nothing is called.
        reactor_.post_from_any_thread(
            Callback<void()>{[member = member_] { member->stop_next(); }, Origin{}});
    }

private:
    PoolMemberCore* member_;
    ReactorRef reactor_;
};

PoolMemberCore::PoolMemberCore(std::size_t index, const ReactorPoolOptions& options)
    : index_(index),
      stop_timeout_(options.stop_timeout),
      reactor_(options.reactor),
      others_ended_(index != 0 || options.threads == 1) {}

PoolMemberCore::~PoolMemberCore() {
    // That callbacks inside of them are never called is no news.
    const QuietScope quiet;
    while (!stop_entries_.empty()) {
        // Out of the list first: what it holds may do anything as it goes.
        const StopEntry last = std::move(stop_entries_.back());
        stop_entries_.pop_back();
    }
}

Error PoolMemberCore::set_up(const ReactorPool::SetUp& set_up) noexcept {
    try {
        return set_up(handle_);
    } catch (...) {
        return {Errc::unhandled_exception,
                describe_exception("an exception left the set-up of a reactor pool")};
    }
}

void PoolMemberCore::run() {
    Hold until_stopped{ReactorRef{reactor_}};
    until_stopped.set(true);
    reactor_.run();
}

void PoolMemberCore::on_stop(PoolMember::StopHandler handler) {
    if (handler) stop_entries_.push_back({.handler = std::move(handler)});
}

void PoolMemberCore::stop() {
    if (stop_timeout_ != Duration{unlimited})
        timeout_ = reactor_.call_later(stop_timeout_,
                                       Callback<void()>{[this] { on_stop_timeout(); }, Origin{}});
    stop_next();
}

void PoolMemberCore::stop_next() {
    if (finished_) return;
    const auto next = std::find_if(stop_entries_.rbegin(), stop_entries_.rend(),
                                   [](const StopEntry& entry) { return !entry.called; });
    if (next == stop_entries_.rend()) return finish();
    next->called = true;
    stopping_ = next->handler.origin();
    dispatch(next->handler, Callback<void()>{[step = StopStep{*this}] {}, stopping_});
}

void PoolMemberCore::on_stop_timeout() {
    // Made and let go unseen, it goes to on_unhandled_error.
    const Error error{Errc::timed_out, "a stop handler of pool member " + std::to_string(index_) +
                                           " was not done when the pool's stop_timeout had passed"};
    ErrorAccess::set_origin(error, stopping_);
    finish();
}

void PoolMemberCore::finish() {
    finished_ = true;
    timeout_.cancel();
    end_when_over();
}

void PoolMemberCore::on_others_ended() {
    others_ended_ = true;
    end_when_over();
}

void PoolMemberCore::end_when_over() {
    if (finished_ && others_ended_) reactor_.stop();
}

}  // namespace detail
}  // namespace gyre
