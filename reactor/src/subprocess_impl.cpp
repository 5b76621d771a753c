#include "subprocess_impl.hpp"

#include "pidfd.hpp"
#include "pipe_transport.hpp"
#include "reactor_core.hpp"
#include <gyre/error_access.hpp>
#include <gyre/log.hpp>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

namespace gyre::detail {

SubprocessImpl::SubprocessImpl(Reactor& reactor, const SubprocessOptions& options)
    : reactor_(reactor),
      poller_(ReactorCore::of(reactor).poller()),
      program_(options.argv.front()),
      outlive_reactor_(options.outlive_reactor),
      hold_(reactor_) {}

// What nobody has asked for nobody can read or close any more. This may be another thread.
SubprocessImpl::~SubprocessImpl() {
    std::vector<IOStream> forgotten;
    for (Pipe& pipe : pipes_)
        if (pipe.stream && !pipe.taken) forgotten.push_back(std::move(pipe.stream));
    if (forgotten.empty()) return;
    reactor_.post_from_any_thread([forgotten = std::move(forgotten)] {
        for (const IOStream& stream : forgotten)
            stream.abort();
    });
}

Error SubprocessImpl::start(Reactor& reactor, SpawnedProcess process,
                            const IOStreamOptions& stream_options) {
    pid_ = process.pid;
    if (!process.pidfd) {
        lost_ = ECHILD;
    } else if (Error error = poller_.add(process.pidfd.get(), EPOLLIN, *this);
               ErrorAccess::failed(error)) {
        end_pidfd(process.pidfd.get());
        return error;
    } else {
        pidfd_ = std::move(process.pidfd);
        reactor_.adopt(shared_from_this());
    }
    // With one direction there is no other half that could stay open.
    IOStreamOptions pipe_options = stream_options;
    pipe_options.allow_half_open = false;
    for (std::size_t number = 0; number < pipes_.size(); ++number) {
        if (!process.pipes[number]) continue;
        const auto end = number == 0 ? PipeTransport::End::writing : PipeTransport::End::reading;
        pipes_[number].stream =
            IOStream{reactor,
                     std::make_unique<PipeTransport>(reactor_, poller_,
                                                     process.pipes[number].release(), end),
                     pipe_options};
    }
    return {};
}

IOStream SubprocessImpl::take_stream(std::size_t number) noexcept {
    pipes_[number].taken = true;
    return pipes_[number].stream;
}

void SubprocessImpl::set_exit_callback(Callback<void(Error, ExitStatus)> callback) {
    if (!running()) {
        // Without one nobody would look at the outcome.
        if (callback) post_result(reactor_, std::move(callback), outcome(), status_);
        return;
    }
    Callback<void(Error, ExitStatus)> before = std::exchange(exit_callback_, std::move(callback));
    update_hold();
    before.discard();
}

void SubprocessImpl::unref() noexcept {
    unrefed_ = true;
    update_hold();
}

Error SubprocessImpl::kill(int signal) const {
    // The system would take 0 for a question.
    if (signal <= 0) return {Errc::invalid_argument, std::to_string(signal) + " is no signal"};
    const int error_number = running() ? signal_pidfd(pidfd_.get(), signal) : ESRCH;
    if (error_number == 0) return {};
    if (error_number != ESRCH) return system_error(error_number, "send a signal to " + name());
    // Who ends what has just ended has what they wanted.
    Error error{Errc::closed, name() + " has ended"};
    ErrorAccess::mark_looked_at(error);
    return error;
}

void SubprocessImpl::on_poll_events(std::uint32_t) noexcept {
    const WaitResult result = reap_pidfd(pidfd_.get());
    if (result.error_number != 0 || result.ended) return end(result.error_number, result.status);
    // Dead, but not ours as long as a debugger holds it: epoll shall tell of a change, not for
    // ever.
    if (!std::exchange(held_back_, true))
        poller_.modify(pidfd_.get(), EPOLLIN | std::uint32_t{EPOLLET}, *this);
}

void SubprocessImpl::end(int lost, ExitStatus status) noexcept {
    poller_.remove(pidfd_.get(), *this);
    pidfd_.reset();
    lost_ = lost;
    status_ = status;
    update_hold();
    reactor_.abandon(*this);
    if (exit_callback_) dispatch(std::exchange(exit_callback_, {}), outcome(), status);
}

void SubprocessImpl::on_reactor_destroyed() noexcept {
    if (!outlive_reactor_)
        if (const int error_number = end_pidfd(pidfd_.get()))
            log(LogLevel::error, system_error(error_number, "end " + name()).message());
    pidfd_.reset();
    // Out of the member first, as what it holds may do anything as it goes.
    const QuietScope quiet;
    const auto callback = std::exchange(exit_callback_, {});
}

void SubprocessImpl::list_pending(PendingOperations& all) const {
    if (running())
        all.push_back({.kind = "child",
                       .detail = name(),
                       .place = exit_callback_.place(),
                       .keeps_running = hold_.held()});
}

Error SubprocessImpl::outcome() const {
    if (lost_ == 0) return {};
    Error error = system_error(lost_,
                               "its exit status is lost, as the program waits for any child "
                               "or ignores SIGCHLD");
    ErrorAccess::add_context(error, name());
    return error;
}

std::string SubprocessImpl::name() const {
    return "process " + std::to_string(pid_) + " (" + program_ + ')';
}

}  // namespace gyre::detail
