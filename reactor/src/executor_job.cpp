#include "executor_job.hpp"

#include "error_mapping.hpp"
#include "reactor_core.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace gyre::detail {
namespace {

Error run_work(Callback<void()>& work, std::source_location place) noexcept {
    try {
        work.call_and_keep();
        return {};
    } catch (...) {
        return {Errc::unhandled_exception, describe_exception("an exception in the executor"),
                place};
    }
}

Error submit(Executor& executor, std::function<void()> job) noexcept {
    try {
        return executor.submit(std::move(job));
    } catch (...) {
        return {Errc::unhandled_exception, describe_exception("an exception in Executor::submit")};
    }
}

/// What the executor holds, shared by the copies of its closure: sends the job home when it has
/// run, or when the last copy goes without having been run.
class Ticket {
public:
    Ticket(std::shared_ptr<ReactorCore> core, std::shared_ptr<ExecutorJob> job) noexcept
        : core_(std::move(core)), job_(std::move(job)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { send_home(); }

    void run() noexcept {
        if (!job_) return;
        // What dies unseen in the work is reported to the reactor that asked for it.
        push_sink(core_->sink());
        job_->run();
        pop_sink(core_->sink());
        send_home();
    }

private:
    void send_home() noexcept {
        if (!job_) return;
        const std::shared_ptr<ReactorCore> core = std::move(core_);
        core->post_from_any_thread(Callback<void()>{
            [job = std::move(job_), home = core.get()] { home->finish_job(job); }, Origin{}});
    }

    std::shared_ptr<ReactorCore> core_;
    std::shared_ptr<ExecutorJob> job_;
};

}  // namespace

void ExecutorJob::run() noexcept {
    {
        const std::lock_guard lock{mutex_};
        if (state_ != State::waiting) return;
        state_ = State::running;
    }
    Error error = run_work(work_, done_.place());
    {
        // Under the lock: the reactor may release this as soon as it sees the state.
        const std::lock_guard lock{mutex_};
        if (std::exchange(state_, State::over) == State::running) {
            error_ = std::move(error);
            changed_.notify_all();
            return;
        }
    }
    // The reactor did not wait any longer. Nobody is left to release the work at home.
    error.ignore("nobody is there to be told");
    work_.discard();
}

void ExecutorJob::finish() noexcept {
    const std::lock_guard lock{mutex_};
    if (std::exchange(state_, State::over) == State::waiting && !ErrorAccess::failed(error_))
        error_ = {Errc::canceled, "the executor dropped the job", done_.place()};
}

void ExecutorJob::abandon(Duration most) noexcept {
    {
        std::unique_lock lock{mutex_};
        const auto ended = [this] { return state_ != State::running; };
        if (most == Duration::max())
            changed_.wait(lock, ended);
        else if (!changed_.wait_for(lock, most, ended)) {
            state_ = State::orphaned;
            done_.discard();
            return;
        }
        state_ = State::over;
    }
    work_.discard();
    done_.discard();
    error_.ignore("nobody is there to be told");
}

void ReactorCore::run_in_executor(Callback<void()> work, Callback<void(Error)> done) {
    auto job = std::make_shared<ExecutorJob>(std::move(work), std::move(done));
    if (!alive()) return job->abandon(Duration::max());
    jobs_.insert(job);
    auto ticket = std::make_shared<Ticket>(shared_from_this(), job);
    Error error = submit(*options_.executor, [ticket] { ticket->run(); });
    if (ErrorAccess::failed(error)) job->refuse(std::move(error));
}

void ReactorCore::finish_job(const std::shared_ptr<ExecutorJob>& job) noexcept {
    if (jobs_.erase(job) == 0) return;
    job->finish();
    job->release_work();
    dispatch(job->take_done(), job->take_error());
}

void ReactorCore::end_jobs() noexcept {
    const Duration most = options_.executor->shutdown_wait();
    const auto begin = std::chrono::steady_clock::now();
    for (const std::shared_ptr<ExecutorJob>& job : std::exchange(jobs_, {})) {
        const Duration waited = std::chrono::steady_clock::now() - begin;
        job->abandon(most == Duration::max() ? most : std::max(most - waited, Duration::zero()));
    }
}

}  // namespace gyre::detail
