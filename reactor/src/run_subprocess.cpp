#include "subprocess_run.hpp"
#include <gyre/run_subprocess.hpp>

#include <memory>
#include <utility>

namespace gyre {

void run_subprocess(Reactor& reactor, SubprocessOptions options, RunSubprocessOptions run_options,
                    Callback<void(Error, SubprocessOutput)> callback) {
    std::make_shared<detail::SubprocessRun>(reactor, std::move(run_options), std::move(callback))
        ->start(reactor, std::move(options));
}

void run_subprocess(Reactor& reactor, SubprocessOptions options,
                    Callback<void(Error, SubprocessOutput)> callback) {
    run_subprocess(reactor, std::move(options), RunSubprocessOptions{}, std::move(callback));
}

}  // namespace gyre
