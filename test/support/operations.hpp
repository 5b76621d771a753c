#pragma once

#include <gyre/callback.hpp>
#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/executor.hpp>
#include <gyre/iostream.hpp>
#include <gyre/reactor.hpp>
#include <gyre/tcp_server.hpp>
#include <gyre/transport.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace gyre::test {

/// Keeps the jobs until `run_all`, which runs them on a thread of its own and waits for it.
class ManualExecutor final : public Executor {
public:
    Error submit(std::function<void()> job) override;
    void run_all();
    /// Lets go of the jobs without running them.
    void drop_all() { jobs_.clear(); }
    std::size_t waiting() const noexcept { return jobs_.size(); }

private:
    std::vector<std::function<void()>> jobs_;
};

/// What an operation needs to live on.
struct OperationSite {
    Reactor& reactor;
    ManualClock& clock;
    ManualExecutor& executor;
};

/// Something of gyre's that takes a callback, in one shape for the tests of the contract.
class Operation {
public:
    Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    virtual ~Operation() = default;

    virtual void start(Callback<void(Error)> callback) = 0;
    /// Lets what was started succeed on the next turns.
    virtual void succeed() {}
    /// Lets it fail; false if it cannot.
    virtual bool fail() { return false; }
    /// Ends it as the program would; false if there is no way.
    virtual bool close() { return false; }
    /// What the callback gets after `close`; `Errc::ok`: it is never called.
    virtual Errc after_close() const { return Errc::ok; }
    /// Destroys the owner, or lets go of every handle.
    virtual void destroy() {}
    /// True if destroying is an end, not just letting go.
    virtual bool is_owner() const { return false; }
};

struct OperationKind {
    std::string name;
    std::function<std::unique_ptr<Operation>(const OperationSite&)> make;

    // GoogleTest would print its bytes, addresses among them.
    friend void PrintTo(const OperationKind& kind, std::ostream* out) { *out << kind.name; }
};

/// All of the reactor's: reads, writes, timers, callbacks, executor, listener, descriptors,
/// signals, datagrams.
std::vector<OperationKind> all_operations();

}  // namespace gyre::test
