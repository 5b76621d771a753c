#pragma once

#include <gyre/reactor_ref.hpp>
#include <gyre/run_subprocess.hpp>
#include <gyre/timeout.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gyre::detail {

/// One `run_subprocess`: collects what the child writes until it and its outputs have ended. Kept
/// by the callbacks it waits for.
class SubprocessRun : public std::enable_shared_from_this<SubprocessRun> {
public:
    SubprocessRun(Reactor& reactor, RunSubprocessOptions options,
                  Callback<void(Error, SubprocessOutput)> callback);

    void start(Reactor& reactor, SubprocessOptions options);

private:
    Error check(const SubprocessOptions& options) const;
    void feed();
    void collect(const IOStream& stream, std::string& output);
    void on_output(std::string_view bytes, std::string& output) noexcept;
    void on_output_end(Error error) noexcept;
    void on_exit(Error error, ExitStatus status) noexcept;
    void give_up(Error error) noexcept;
    void maybe_complete() noexcept;

    ReactorRef reactor_;
    RunSubprocessOptions options_;
    Callback<void(Error, SubprocessOutput)> callback_;
    Subprocess process_;
    IOStream stdin_;
    IOStream stdout_;
    IOStream stderr_;
    Timeout timeout_;
    SubprocessOutput output_;
    Error error_;          // the first thing that went wrong
    int outputs_ = 0;      // that have not ended
    bool exited_ = false;  // or will not be waited for
};

}  // namespace gyre::detail
