#pragma once

#include "dns_cache.hpp"
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gyre::detail {

/// One caller that waits for a name. While it waits, `run` goes on. It lives in what it waits for,
/// and then in the posted call that delivers; the caller's `Lookup` only knows it weakly, so that
/// its callback's captures go with the reactor.
class LookupWaiter : public std::enable_shared_from_this<LookupWaiter> {
public:
    using Done = Callback<void(Error, std::vector<Address>)>;

    LookupWaiter(ReactorRef reactor, std::string_view host, std::uint16_t port, Done callback);
    /// Without a delivery its reactor or resolver is gone, and the callback is let go silently.
    ~LookupWaiter() { callback_.discard(); }

    /// Posts the outcome. Nothing if one is on its way already.
    void complete(const DnsAnswer& answer);
    void fail(Error error);
    /// The callback gets `canceled`, instead of an outcome that is posted but not yet delivered.
    void cancel() noexcept;
    /// True once an outcome is on its way.
    bool settled() const noexcept { return settled_; }
    /// Where the callback was registered.
    std::source_location place() const noexcept { return callback_.place(); }
    /// What the caller holds of `waiter`.
    static Lookup reference(const std::shared_ptr<LookupWaiter>& waiter);

private:
    void post();
    void deliver();

    ReactorRef reactor_;
    Hold hold_;
    std::string host_;
    std::uint16_t port_;
    Done callback_;
    Error error_;
    std::vector<Address> addresses_;
    bool settled_ = false;
};

}  // namespace gyre::detail
