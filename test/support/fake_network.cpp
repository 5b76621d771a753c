#include "support/fake_network.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <utility>

namespace gyre::test {
namespace {

Error outcome_error(ConnectPlan::Outcome outcome) {
    switch (outcome) {
        case ConnectPlan::Outcome::refused:
            return detail::system_error(ECONNREFUSED, "connect");
        case ConnectPlan::Outcome::unreachable:
            return detail::system_error(ENETUNREACH, "connect");
        default:
            return {};
    }
}

/// A transport that connects, or does not, and otherwise does nothing.
class FakeTransport final : public Transport {
public:
    FakeTransport(const detail::ReactorRef& reactor, const Address& peer, ConnectPlan plan,
                  std::shared_ptr<int> open)
        : peer_(peer), plan_(plan), open_(std::move(open)) {
        ++*open_;
        if (plan.outcome == ConnectPlan::Outcome::nothing) return;
        timer_ = reactor.call_later(plan.after, [this] {
            ended_ = true;
            tell();
        });
    }
    ~FakeTransport() override { close(); }

    void set_listener(TransportListener* listener) noexcept override { listener_ = listener; }
    void want_read(bool) noexcept override {}
    void want_write(bool wanted) noexcept override { want_write_ = wanted; }
    Error finish_connect() noexcept override { return outcome_error(plan_.outcome); }
    IOResult read_some(std::span<char>) noexcept override {
        return {.status = IOStatus::would_block};
    }
    IOResult write_some(std::span<const std::string_view>) noexcept override {
        return {.status = IOStatus::would_block};
    }
    void shutdown_write() noexcept override {}
    void close() noexcept override {
        timer_.cancel();
        listener_ = nullptr;
        if (std::exchange(closed_, true)) return;
        --*open_;
    }
    void abort() noexcept override { close(); }
    Address local_address() const noexcept override { return {}; }
    Address peer_address() const noexcept override { return peer_; }
    int native_handle() const noexcept override { return -1; }

private:
    void tell() noexcept {
        if (ended_ && want_write_ && listener_) listener_->on_writable();
    }

    Address peer_;
    ConnectPlan plan_;
    std::shared_ptr<int> open_;
    Timeout timer_;
    TransportListener* listener_ = nullptr;
    bool want_write_ = false;
    bool ended_ = false;
    bool closed_ = false;
};

class CancelCounter final : public Lookup::Operation {
public:
    explicit CancelCounter(std::shared_ptr<int> count) : count_(std::move(count)) {}
    void cancel() noexcept override { ++*count_; }

private:
    std::shared_ptr<int> count_;
};

}  // namespace

AcceptorResult FakeNetwork::listen(const detail::ReactorRef&, const Address&,
                                   const ListenOptions&) {
    return {.error = {Errc::not_supported, "nobody can listen on this network"}};
}

TransportResult FakeNetwork::connect(const detail::ReactorRef& reactor, const Address& address,
                                     const ConnectOptions&) {
    attempts_.emplace_back(reactor.now(), address.to_string());
    const auto found = plans_.find(address.to_string());
    const ConnectPlan plan =
        found == plans_.end() ? ConnectPlan{ConnectPlan::Outcome::nothing} : found->second;
    if (plan.at_once) return {.error = outcome_error(plan.outcome)};
    return {.transport = std::make_unique<FakeTransport>(reactor, address, plan, open_)};
}

Lookup FakeResolver::resolve(std::string_view, std::uint16_t port, Done callback) {
    if (held_back_)
        waiting_.emplace_back(port, std::move(callback));
    else
        answer(port, std::move(callback));
    return Lookup{std::make_shared<CancelCounter>(canceled_)};
}

void FakeResolver::release() {
    for (auto& [port, callback] : std::exchange(waiting_, {}))
        answer(port, std::move(callback));
}

void FakeResolver::answer(std::uint16_t port, Done callback) {
    if (failure_ != Errc::ok)
        return detail::post_result(reactor_, std::move(callback), Error{failure_, "as told"},
                                   std::vector<Address>{});
    std::vector<Address> addresses;
    addresses.reserve(literals_.size());
    for (const std::string& literal : literals_)
        addresses.push_back(Address::from_ip(literal, port).value_or(Address{}));
    detail::post_result(reactor_, std::move(callback), Error{}, std::move(addresses));
}

}  // namespace gyre::test
