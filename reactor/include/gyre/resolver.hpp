#pragma once

#include <gyre/address.hpp>
#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre {

/// A reference to a look-up under way; letting go of it changes nothing.
class GYRE_API Lookup {
public:
    /// What a resolver keeps of it.
    class Operation {
    public:
        virtual ~Operation() = default;
        virtual void cancel() noexcept = 0;
    };

    Lookup() noexcept = default;
    explicit Lookup(std::shared_ptr<Operation> operation) noexcept
        : operation_(std::move(operation)) {}

    /// Gives up waiting: the callback gets `Errc::canceled`. Allowed at any time.
    void cancel() const noexcept {
        if (operation_) operation_->cancel();
    }

private:
    std::shared_ptr<Operation> operation_;
};

/// Turns host names into addresses.
class GYRE_API Resolver {
public:
    virtual ~Resolver() = default;
    /// `callback` gets the addresses of `host` (a name or an IP literal) with `port` put in, in the
    /// order to try them. Errors: `host_not_found`, `resolver_failed`, `timed_out`, `canceled`,
    /// `invalid_argument` for what cannot be a host name. Never called inline.
    virtual Lookup resolve(std::string_view host, std::uint16_t port,
                           Callback<void(Error, std::vector<Address>)> callback) = 0;
};

}  // namespace gyre
