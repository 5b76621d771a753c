#pragma once

#include "poller.hpp"
#include "spawn.hpp"
#include <gyre/reactor_ref.hpp>
#include <gyre/subprocess.hpp>

#include <array>
#include <string>

namespace gyre::detail {

/// The child behind `Subprocess`: watches for its end, reaps it, and tells.
class SubprocessImpl final : public Resident, public PollListener {
public:
    SubprocessImpl(Reactor& reactor, const SubprocessOptions& options);
    ~SubprocessImpl() override;

    /// Begins to live: called once, right after construction. After an error the child is gone.
    Error start(Reactor& reactor, SpawnedProcess process, const IOStreamOptions& stream_options);

    /// Our end of the pipe to descriptor `number` of the child. From now on it is the caller's.
    IOStream take_stream(std::size_t number) noexcept;
    void set_exit_callback(Callback<void(Error, ExitStatus)> callback);
    void unref() noexcept;
    Error kill(int signal) const;
    bool running() const noexcept { return static_cast<bool>(pidfd_); }
    pid_t pid() const noexcept { return pid_; }
    const ReactorRef& reactor() const noexcept { return reactor_; }

    void on_poll_events(std::uint32_t events) noexcept override;
    void on_reactor_destroyed() noexcept override;
    void list_pending(PendingOperations& all) const override;

private:
    struct Pipe {
        IOStream stream{};
        bool taken = false;
    };

    void end(int lost, ExitStatus status) noexcept;
    Error outcome() const;
    std::string name() const;
    void update_hold() noexcept { hold_.set(exit_callback_ && running() && !unrefed_); }

    ReactorRef reactor_;
    Poller& poller_;  // used only while reactor_ is alive
    std::string program_;
    bool outlive_reactor_;
    Hold hold_;
    bool unrefed_ = false;
    bool held_back_ = false;  // its end, by a debugger

    pid_t pid_ = 0;
    UniqueDescriptor pidfd_;  // empty: the child has ended, or is no longer our business
    std::array<Pipe, 3> pipes_;
    Callback<void(Error, ExitStatus)> exit_callback_;
    int lost_ = 0;  // the errno of why the status is not known
    ExitStatus status_;
};

}  // namespace gyre::detail
