#pragma once

#include <gyre/address.hpp>
#include <gyre/clock.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gyre::test {

/// What becomes of an attempt to connect to one address.
struct ConnectPlan {
    enum class Outcome { connected, refused, unreachable, nothing };

    Outcome outcome = Outcome::connected;
    Duration after = Duration::zero();
    bool at_once = false;  ///< `Network::connect` itself fails.
};

/// A network whose attempts to connect end as a script says, by the reactor's clock. Addresses
/// without a plan never answer.
class FakeNetwork final : public Network {
public:
    void plan(const std::string& address, ConnectPlan plan) { plans_[address] = plan; }

    AcceptorResult listen(const detail::ReactorRef& reactor, const Address& address,
                          const ListenOptions& options) override;
    TransportResult connect(const detail::ReactorRef& reactor, const Address& address,
                            const ConnectOptions& options) override;

    /// The attempts so far: when, and where to.
    const std::vector<std::pair<TimePoint, std::string>>& attempts() const { return attempts_; }
    /// How many of the transports that were made are neither closed nor destroyed.
    int open() const { return *open_; }

private:
    std::map<std::string, ConnectPlan> plans_;
    std::vector<std::pair<TimePoint, std::string>> attempts_;
    std::shared_ptr<int> open_ = std::make_shared<int>(0);
};

/// A resolver that answers what it was told, on a later turn or when `release` is called.
class FakeResolver final : public Resolver {
public:
    using Done = Callback<void(Error, std::vector<Address>)>;

    explicit FakeResolver(std::vector<std::string> literals = {})
        : literals_(std::move(literals)) {}

    ~FakeResolver() override {
        for (auto& [port, callback] : waiting_)
            callback.discard();
    }

    /// Which reactor to answer on; needed before the first look-up.
    void attach(const detail::ReactorRef& reactor) { reactor_ = reactor; }
    /// Looks-ups get this error instead of addresses.
    void fail_with(Errc kind) { failure_ = kind; }
    /// Keeps look-ups waiting until `release`.
    void hold_back() { held_back_ = true; }
    void release();
    int canceled() const { return *canceled_; }

    Lookup resolve(std::string_view host, std::uint16_t port, Done callback) override;

private:
    void answer(std::uint16_t port, Done callback);

    detail::ReactorRef reactor_;
    std::vector<std::string> literals_;
    Errc failure_ = Errc::ok;
    bool held_back_ = false;
    std::vector<std::pair<std::uint16_t, Done>> waiting_;
    std::shared_ptr<int> canceled_ = std::make_shared<int>(0);
};

}  // namespace gyre::test
