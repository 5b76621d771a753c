#include "reactor_core.hpp"
#include <gyre/reactor_ref.hpp>

namespace gyre::detail {

ReactorRef::ReactorRef(Reactor& reactor) noexcept : core_(ReactorCore::shared(reactor)) {}

bool ReactorRef::alive() const noexcept { return core_ && core_->alive(); }

bool ReactorRef::on_home_thread() const noexcept { return core_ && core_->on_home_thread(); }

void ReactorRef::check_thread(const char* operation) const noexcept {
    if (core_) core_->check_thread(operation);
}

bool ReactorRef::stopping() const noexcept { return core_ && core_->stopping(); }

void ReactorRef::post(Callback<void()> callback) const {
    if (!core_) return callback.discard();
    core_->post(std::move(callback));
}

void ReactorRef::post_from_any_thread(Callback<void()> callback) const {
    if (!core_) return callback.discard();
    core_->post_from_any_thread(std::move(callback));
}

void ReactorRef::run_in_executor(Callback<void()> work, Callback<void(Error)> done) const {
    if (core_) return core_->run_in_executor(std::move(work), std::move(done));
    work.discard();
    done.discard();
}

Timeout ReactorRef::call_later(Duration delay, Callback<void()> callback) const {
    if (!core_) {
        callback.discard();
        return {};
    }
    return core_->call_later(delay, std::move(callback));
}

Timeout ReactorRef::call_at(TimePoint deadline, Callback<void()> callback) const {
    if (!core_) {
        callback.discard();
        return {};
    }
    return core_->call_at(deadline, std::move(callback));
}

TimePoint ReactorRef::now() const noexcept { return core_ ? core_->now() : TimePoint{}; }

TimePoint ReactorRef::live_time() const noexcept {
    return core_ ? core_->live_time() : TimePoint{};
}

void ReactorRef::adopt(const std::shared_ptr<Resident>& resident) const {
    if (core_) core_->adopt(resident);
}

void ReactorRef::abandon(Resident& resident) const noexcept {
    if (core_) core_->abandon(resident);
}

void ReactorRef::hold() const noexcept {
    if (alive()) core_->hold();
}

void ReactorRef::unhold() const noexcept {
    if (alive()) core_->unhold();
}

BlockPool& ReactorRef::blocks() const noexcept { return core_->blocks(); }
DeadlineWheel& ReactorRef::deadlines() const noexcept { return core_->deadlines(); }
Network& ReactorRef::network() const noexcept { return core_->network(); }
Resolver& ReactorRef::resolver() const noexcept { return core_->resolver(); }
Random& ReactorRef::random() const noexcept { return core_->random(); }

}  // namespace gyre::detail
