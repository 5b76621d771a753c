#include "periodic_impl.hpp"

#include <utility>

namespace gyre {
namespace {

/// What it refers to, if anything, after a check that this is its thread.
detail::PeriodicImpl* checked(const std::shared_ptr<detail::PeriodicImpl>& impl,
                              const char* operation) noexcept {
    if (impl) impl->reactor().check_thread(operation);
    return impl.get();
}

}  // namespace

PeriodicCallback::PeriodicCallback(Reactor& reactor, Duration period, Handler<void()> handler,
                                   PeriodicOptions options)
    : impl_(std::make_shared<detail::PeriodicImpl>(detail::ReactorRef{reactor}, period,
                                                   std::move(handler), options)) {}

Error PeriodicCallback::start() const {
    if (checked(impl_, "PeriodicCallback::start")) return impl_->start();
    return {Errc::closed, "a PeriodicCallback that was never made was started"};
}

void PeriodicCallback::stop() const noexcept {
    if (checked(impl_, "PeriodicCallback::stop")) impl_->stop();
}

bool PeriodicCallback::is_running() const noexcept { return impl_ && impl_->running(); }

void PeriodicCallback::unref() const noexcept {
    if (checked(impl_, "PeriodicCallback::unref")) impl_->unref();
}

}  // namespace gyre
