#include "subprocess_run.hpp"

#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <utility>

namespace gyre::detail {

SubprocessRun::SubprocessRun(Reactor& reactor, RunSubprocessOptions options,
                             Callback<void(Error, SubprocessOutput)> callback)
    : reactor_(reactor), options_(std::move(options)), callback_(std::move(callback)) {}

Error SubprocessRun::check(const SubprocessOptions& options) const {
    if (options_.max_output == 0)
        return {Errc::invalid_argument, "RunSubprocessOptions::max_output must not be 0"};
    if (options_.timeout <= Duration::zero())
        return {Errc::invalid_argument, "RunSubprocessOptions::timeout must be positive"};
    const Stdio::Kind from = options.stdin_from.kind();
    if (!options_.input.empty() && from != Stdio::Kind::automatic && from != Stdio::Kind::pipe)
        return {Errc::invalid_argument,
                "RunSubprocessOptions::input needs a pipe as the standard input"};
    return {};
}

void SubprocessRun::start(Reactor& reactor, SubprocessOptions options) {
    Error error = check(options);
    if (!ErrorAccess::failed(error)) {
        if (options.stdin_from.kind() == Stdio::Kind::automatic)
            options.stdin_from = options_.input.empty() ? Stdio::null() : Stdio::pipe();
        if (options.stdout_to.kind() == Stdio::Kind::automatic) options.stdout_to = Stdio::pipe();
        if (options.stderr_to.kind() == Stdio::Kind::automatic) options.stderr_to = Stdio::pipe();
        SubprocessResult result = Subprocess::spawn(reactor, options);
        error = std::move(result.error);
        process_ = std::move(result.process);
    }
    if (ErrorAccess::failed(error))
        return post_result(reactor_, std::move(callback_), std::move(error), SubprocessOutput{});
    // What we register is registered for the user's callback, and in its name.
    const Origin& origin = callback_.origin();
    process_.set_exit_callback({[self = shared_from_this()](Error outcome, ExitStatus status) {
                                    self->on_exit(std::move(outcome), status);
                                },
                                origin});
    stdin_ = process_.stdin_stream();
    stdout_ = process_.stdout_stream();
    stderr_ = process_.stderr_stream();
    collect(stdout_, output_.standard_output);
    collect(stderr_, output_.standard_error);
    feed();
    if (options_.timeout != Duration::max())
        timeout_ = reactor_.call_later(
            options_.timeout, {[self = shared_from_this()] {
                                   self->give_up({Errc::timed_out, "the subprocess took too long"});
                               },
                               origin});
}

void SubprocessRun::feed() {
    if (!stdin_) return;
    const auto ignore = [](const Error& error) {
        error.ignore("a child need not read all of its input");
    };
    stdin_.set_close_callback(ignore);
    stdin_.write(std::move(options_.input), ignore);
    stdin_.close();
}

void SubprocessRun::collect(const IOStream& stream, std::string& output) {
    if (!stream) return;
    ++outputs_;
    stream.on_data({[self = shared_from_this(), &output](std::string_view bytes) {
                        self->on_output(bytes, output);
                    },
                    callback_.place()});
    stream.set_close_callback(
        {[self = shared_from_this()](Error error) { self->on_output_end(std::move(error)); },
         callback_.origin()});
}

void SubprocessRun::on_output(std::string_view bytes, std::string& output) noexcept {
    const std::size_t room = options_.max_output - output.size();
    output.append(bytes.substr(0, room));
    if (bytes.size() > room)
        give_up({Errc::limit_exceeded, "the subprocess wrote more than max_output"});
}

void SubprocessRun::on_output_end(Error error) noexcept {
    --outputs_;
    if (ErrorAccess::failed(error)) give_up(std::move(error));
    maybe_complete();
}

void SubprocessRun::on_exit(Error error, ExitStatus status) noexcept {
    exited_ = true;
    output_.status = status;
    if (ErrorAccess::failed(error) && !ErrorAccess::failed(error_))
        error_ = std::move(error);
    else
        ErrorAccess::mark_looked_at(error);
    maybe_complete();
}

// The callback comes when the outputs and the child have ended, all of which is on its way then.
void SubprocessRun::give_up(Error error) noexcept {
    if (ErrorAccess::failed(error_)) return ErrorAccess::mark_looked_at(error);
    error_ = std::move(error);
    stdout_.abort();
    stderr_.abort();
    const Error refused = process_.kill();
    if (!ErrorAccess::failed(refused) || ErrorAccess::kind(refused) == Errc::closed) return;
    // It has gained privileges and cannot be ended: it is not waited for.
    ErrorAccess::mark_looked_at(refused);
    exited_ = true;
    process_.set_exit_callback({});
    maybe_complete();
}

void SubprocessRun::maybe_complete() noexcept {
    if (!exited_ || outputs_ > 0) return;
    timeout_.cancel();
    stdin_.abort();
    dispatch(std::move(callback_), std::move(error_), std::move(output_));
}

}  // namespace gyre::detail
