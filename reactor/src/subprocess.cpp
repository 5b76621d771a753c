#include "spawn.hpp"
#include "subprocess_impl.hpp"
#include <gyre/error_access.hpp>
#include <gyre/subprocess.hpp>

#include <csignal>
#include <utility>

namespace gyre {
namespace {

using detail::SubprocessImpl;

/// The child if there is one, after a check that this is its thread.
SubprocessImpl* checked(const std::shared_ptr<SubprocessImpl>& impl,
                        const char* operation) noexcept {
    if (impl) impl->reactor().check_thread(operation);
    return impl.get();
}

}  // namespace

SubprocessResult Subprocess::spawn(Reactor& reactor, const SubprocessOptions& options) {
    const detail::ReactorRef home{reactor};
    home.check_thread("Subprocess::spawn");
    if (!home.alive()) return {.error = {Errc::closed, "the reactor is gone"}};
    if (Error error = detail::check_subprocess_options(options); detail::ErrorAccess::failed(error))
        return {.error = std::move(error)};
    auto impl = std::make_shared<SubprocessImpl>(reactor, options);
    detail::SpawnResult spawned = detail::spawn_process(options);
    if (detail::ErrorAccess::failed(spawned.error)) return {.error = std::move(spawned.error)};
    if (Error error = impl->start(reactor, std::move(spawned.process), options.stream_options);
        detail::ErrorAccess::failed(error))
        return {.error = std::move(error)};
    return {.process = Subprocess{std::move(impl)}};
}

IOStream Subprocess::stdin_stream() const noexcept {
    return checked(impl_, "Subprocess::stdin_stream") ? impl_->take_stream(0) : IOStream{};
}

IOStream Subprocess::stdout_stream() const noexcept {
    return checked(impl_, "Subprocess::stdout_stream") ? impl_->take_stream(1) : IOStream{};
}

IOStream Subprocess::stderr_stream() const noexcept {
    return checked(impl_, "Subprocess::stderr_stream") ? impl_->take_stream(2) : IOStream{};
}

void Subprocess::set_exit_callback(Callback<void(Error, ExitStatus)> callback) const {
    if (checked(impl_, "Subprocess::set_exit_callback"))
        impl_->set_exit_callback(std::move(callback));
}

void Subprocess::unref() const noexcept {
    if (checked(impl_, "Subprocess::unref")) impl_->unref();
}

Error Subprocess::kill() const { return kill(SIGKILL); }

Error Subprocess::kill(int signal) const {
    if (checked(impl_, "Subprocess::kill")) return impl_->kill(signal);
    Error error{Errc::closed, "no process"};
    detail::ErrorAccess::mark_looked_at(error);
    return error;
}

Error Subprocess::terminate() const { return kill(SIGTERM); }

bool Subprocess::running() const noexcept { return impl_ && impl_->running(); }

int Subprocess::pid() const noexcept { return impl_ ? impl_->pid() : 0; }

Subprocess::operator bool() const noexcept { return impl_ && impl_->reactor().alive(); }

}  // namespace gyre
