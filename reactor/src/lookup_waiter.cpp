#include "lookup_waiter.hpp"

#include "error_mapping.hpp"

#include <cstring>
#include <utility>

#include <netinet/in.h>

namespace gyre::detail {
namespace {

class Reference final : public Lookup::Operation {
public:
    explicit Reference(std::weak_ptr<LookupWaiter> waiter) : waiter_(std::move(waiter)) {}

    void cancel() noexcept override {
        if (const auto waiter = waiter_.lock()) waiter->cancel();
    }

private:
    std::weak_ptr<LookupWaiter> waiter_;
};

Address with_port(const Address& address, std::uint16_t port) noexcept {
    sockaddr_in6 native{};  // the larger of the two; the port lies at the same place in both
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    std::memcpy(&native, address.native(), address.native_size());
    native.sin6_port = htons(port);
    return Address::from_native(&native, address.native_size());
}

}  // namespace

LookupWaiter::LookupWaiter(ReactorRef reactor, std::string_view host, std::uint16_t port,
                           Done callback)
    : reactor_(std::move(reactor)),
      hold_(reactor_),
      host_(host),
      port_(port),
      callback_(std::move(callback)) {
    hold_.set(true);
}

Lookup LookupWaiter::reference(const std::shared_ptr<LookupWaiter>& waiter) {
    return Lookup{std::make_shared<Reference>(waiter)};
}

void LookupWaiter::complete(const DnsAnswer& answer) {
    if (settled_) return;
    if (answer.addresses.empty()) return fail(resolver_error(answer.status, host_));
    addresses_.reserve(answer.addresses.size());
    for (const Address& address : answer.addresses)
        addresses_.push_back(with_port(address, port_));
    post();
}

void LookupWaiter::fail(Error error) {
    if (settled_) return ErrorAccess::mark_looked_at(error);
    error_ = std::move(error);
    post();
}

void LookupWaiter::cancel() noexcept {
    reactor_.check_thread("Lookup::cancel");
    ErrorAccess::mark_looked_at(error_);
    addresses_.clear();
    error_ = canceled_by_user("the look-up of \"" + host_ + "\" was canceled");
    if (!settled_) post();
}

void LookupWaiter::post() {
    settled_ = true;
    reactor_.post(
        Callback<void()>{[self = shared_from_this()] { self->deliver(); }, callback_.origin()});
    hold_.set(false);  // the posted call is work by itself
}

void LookupWaiter::deliver() {
    if (!callback_) return;
    ErrorAccess::set_origin(error_, callback_.origin());
    std::move(callback_)(std::move(error_), std::move(addresses_));
}

}  // namespace gyre::detail
