#pragma once

#include <gyre/deadline.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/transport.hpp>

#include <cstddef>
#include <memory>

namespace gyre::detail {

/// A connection that this side has closed, and that waits for the peer to do the same. Bytes that
/// meet a closed socket are answered with a reset, which may destroy what is still on its way to
/// the peer; so this side says that it has ended, and throws away what comes until the peer ends,
/// too much has come or too much time has passed. `run` does not wait for it.
class LingeringClose final : public Resident, private TransportListener, private DeadlineListener {
public:
    /// As many at once in the whole process, as each costs a descriptor; others close at once. 256
    /// or 5 % of the descriptors that the process may have.
    static std::size_t most_at_once() noexcept;
    /// What one may throw away.
    static constexpr std::size_t most_bytes = std::size_t{64} * 1024;

    /// Ends `transport` in an orderly way, within `most` time.
    static void start(const ReactorRef& reactor, std::unique_ptr<Transport> transport,
                      Duration most);

    LingeringClose(ReactorRef reactor, std::unique_ptr<Transport> transport) noexcept;
    ~LingeringClose() override;

    void on_reactor_destroyed() noexcept override;

private:
    void on_readable() noexcept override;
    void on_writable() noexcept override {}
    void on_hangup() noexcept override { end(); }
    void on_deadline(Deadline&) noexcept override { end(); }
    void begin(Duration most) noexcept;
    void end() noexcept;

    ReactorRef reactor_;
    std::unique_ptr<Transport> transport_;
    Deadline deadline_;
    std::size_t thrown_away_ = 0;
};

}  // namespace gyre::detail
