#include "reactor_core.hpp"
#include <gyre/reactor.hpp>

namespace gyre {

Reactor::Reactor() : Reactor(ReactorOptions{}) {}

Reactor::Reactor(ReactorOptions options)
    : core_(std::make_shared<detail::ReactorCore>(std::move(options))) {
    core_->start();
}

Reactor::~Reactor() { core_->shut_down(); }

void Reactor::run() { core_->run(TimePoint::max()); }

void Reactor::stop() noexcept { core_->stop(); }

std::size_t Reactor::poll() { return core_->poll(); }

void Reactor::run_for(Duration duration) {
    const TimePoint now = core_->live_time();
    core_->run(duration < TimePoint::max() - now ? now + duration : TimePoint::max());
}

void Reactor::add_callback(Callback<void()> callback) {
    if (callback) core_->post_from_any_thread(std::move(callback));
}

Timeout Reactor::call_later(Duration delay, Callback<void()> callback) {
    core_->check_thread("Reactor::call_later");
    return core_->call_later(delay, std::move(callback));
}

Timeout Reactor::call_at(TimePoint deadline, Callback<void()> callback) {
    core_->check_thread("Reactor::call_at");
    return core_->call_at(deadline, std::move(callback));
}

void Reactor::cancel_timeout(const Timeout& timeout) noexcept { timeout.cancel(); }

TimePoint Reactor::time() const noexcept { return core_->live_time(); }

Error Reactor::add_handler(int descriptor, IOEvents events, Handler<void(int, IOEvents)> handler) {
    core_->check_thread("Reactor::add_handler");
    return core_->add_handler(descriptor, events, std::move(handler));
}

Error Reactor::update_handler(int descriptor, IOEvents events) {
    core_->check_thread("Reactor::update_handler");
    return core_->update_handler(descriptor, events);
}

void Reactor::remove_handler(int descriptor) noexcept {
    core_->check_thread("Reactor::remove_handler");
    core_->remove_handler(descriptor);
}

Error Reactor::add_signal_handler(int signal, Handler<void(int)> handler) {
    core_->check_thread("Reactor::add_signal_handler");
    return core_->add_signal_handler(signal, std::move(handler));
}

void Reactor::remove_signal_handler(int signal) noexcept {
    core_->check_thread("Reactor::remove_signal_handler");
    core_->remove_signal_handler(signal);
}

void Reactor::run_in_executor(Callback<void()> work, Callback<void(Error)> done) {
    core_->check_thread("Reactor::run_in_executor");
    core_->run_in_executor(std::move(work), std::move(done));
}

bool Reactor::has_work() const { return core_->has_any_work(); }

ReactorMetrics Reactor::metrics() const {
    core_->check_thread("Reactor::metrics");
    return core_->metrics();
}

PendingOperations Reactor::pending() const {
    core_->check_thread("Reactor::pending");
    return core_->pending();
}

void Reactor::on_slow_callback(Handler<void(const SlowCallback&)> handler) {
    core_->on_slow_callback(std::move(handler));
}

void Reactor::on_unhandled_error(Handler<void(const Error&)> handler) {
    core_->on_unhandled_error(std::move(handler));
}

Network& Reactor::network() noexcept { return core_->network(); }

Resolver& Reactor::resolver() noexcept { return core_->resolver(); }

Random& Reactor::random() noexcept { return core_->random(); }

}  // namespace gyre
