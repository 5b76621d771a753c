#pragma once

#include <gyre/connect_transport.hpp>
#include <gyre/resolver.hpp>

#include <memory>
#include <string>
#include <vector>

namespace gyre::detail {

/// The addresses in the order to try them: families take turns, the first one's first, each in its
/// own order (RFC 8305, 4).
std::vector<Address> interleave_families(const std::vector<Address>& addresses);

/// One run of `connect_transport`.
class Connector final : public Resident, public ConnectHandle::Operation {
public:
    using Done = Callback<void(Error, std::unique_ptr<Transport>)>;

    Connector(ReactorRef reactor, ConnectRequest request, Done callback);
    ~Connector() override;

    void start();
    void cancel() noexcept override;
    void on_reactor_destroyed() noexcept override { let_go(); }
    void list_pending(PendingOperations& all) const override {
        if (callback_)
            all.push_back({.kind = "connect", .detail = target(), .place = callback_.place()});
    }

private:
    enum class State {
        resolving,   // the resolver has the name
        connecting,  // one or more attempts are under way
        settled,     // the outcome is posted, but can still be turned into `canceled`
        delivered,   // the callback has been called, or never will be
    };
    class Attempt;

    void refuse(std::string message);
    void start_with_path();
    void start_with_host();
    void on_resolved(Error error, const std::vector<Address>& addresses);
    void start_attempts(std::vector<Address> addresses);
    std::string drop_unwanted();
    void start_next_attempt();
    bool try_next_address();
    bool is_allowed(const Address& address) noexcept;
    void on_attempt_writable(Attempt& attempt) noexcept;
    void on_attempt_failed(Attempt& attempt, const Error& error) noexcept;
    void note_failure(const Address& address, const Error& error);
    void note_refusal(const Address& address);
    void on_timeout() noexcept;
    std::string failures_text() const;
    Error all_failed() const;
    void settle(Error error, std::unique_ptr<Transport> transport) noexcept;
    void release_work() noexcept;
    void release_request() noexcept;
    void deliver();
    void let_go() noexcept;
    std::string target() const;

    ReactorRef reactor_;
    Hold hold_;
    ConnectRequest request_;
    Done callback_;
    std::shared_ptr<const AddressFilter> filter_;  // empty if there is none
    State state_ = State::resolving;

    Lookup lookup_;
    Timeout timeout_;
    Timeout stagger_;
    std::vector<Address> addresses_;
    std::size_t next_address_ = 0;
    // Attempts that are over stay, closed: they may be on the stack. They go with the connector.
    std::vector<std::unique_ptr<Attempt>> attempts_;
    std::size_t under_way_ = 0;
    std::vector<std::string> failures_;
    Error last_failure_;

    Error error_;
    std::unique_ptr<Transport> transport_;
};

}  // namespace gyre::detail
