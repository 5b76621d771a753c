#include "connector.hpp"

#include <gyre/dispatch.hpp>
#include <gyre/limits.hpp>

#include <algorithm>
#include <utility>

namespace gyre::detail {
namespace {

// RFC 8305, 5: the Connection Attempt Delay.
constexpr Duration attempt_delay = std::chrono::milliseconds{250};
constexpr std::size_t most_failures_told = 8;

Error with_phase(Error error, std::string_view phase) noexcept {
    ErrorAccess::set_phase(error, phase);
    return error;
}

// A network says "connect: Connection refused"; who was to be connected to is known here.
std::string failure_text(const Address& address, const Error& error) {
    constexpr std::string_view prefix = "connect: ";
    std::string_view text = ErrorAccess::message(error);
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    return "connect to " + address.to_string() + ": " + std::string{text};
}

std::string seconds_text(Duration duration) {
    using namespace std::chrono;
    if (duration % seconds{1} == Duration::zero())
        return std::to_string(duration_cast<seconds>(duration).count()) + " s";
    return std::to_string(duration_cast<milliseconds>(duration).count()) + " ms";
}

}  // namespace

/// One address being tried.
class Connector::Attempt final : public TransportListener {
public:
    Attempt(Connector& connector, const Address& address, std::unique_ptr<Transport> transport)
        : connector_(connector), address_(address), transport_(std::move(transport)) {
        transport_->set_listener(this);
        transport_->want_write(true);
    }

    void on_readable() noexcept override {}
    void on_writable() noexcept override { connector_.on_attempt_writable(*this); }
    void on_hangup() noexcept override {
        connector_.on_attempt_failed(*this,
                                     {Errc::connection_aborted, "connect: Connection broken"});
    }

    Error finish() noexcept { return transport_->finish_connect(); }
    const Address& address() const noexcept { return address_; }

    std::unique_ptr<Transport> release() noexcept {
        transport_->want_write(false);
        transport_->set_listener(nullptr);
        return std::move(transport_);
    }
    void close() noexcept {
        if (transport_) transport_->close();
    }

private:
    Connector& connector_;
    Address address_;
    std::unique_ptr<Transport> transport_;
};

std::vector<Address> interleave_families(const std::vector<Address>& addresses) {
    if (addresses.empty()) return {};
    std::vector<Address> others;
    std::vector<Address> first;
    for (const Address& address : addresses)
        (address.family() == addresses.front().family() ? first : others).push_back(address);
    std::vector<Address> order;
    for (std::size_t i = 0; i < std::max(first.size(), others.size()); ++i) {
        if (i < first.size()) order.push_back(first[i]);
        if (i < others.size()) order.push_back(others[i]);
    }
    return order;
}

Connector::Connector(ReactorRef reactor, ConnectRequest request, Done callback)
    : reactor_(std::move(reactor)),
      hold_(reactor_),
      request_(std::move(request)),
      callback_(std::move(callback)) {
    if (request_.address_filter)
        filter_ = std::make_shared<const AddressFilter>(std::move(request_.address_filter));
}

Connector::~Connector() { let_go(); }

void Connector::start() {
    reactor_.adopt(shared_from_this());
    hold_.set(true);
    if (request_.timeout <= Duration::zero())
        return refuse("a connect time-out must be more than zero");
    if (request_.timeout != Duration{unlimited}) {
        timeout_ = reactor_.call_later(request_.timeout, [this] { on_timeout(); });
        timeout_.unref();  // hold_ is what counts
    }
    request_.unix_path.empty() ? start_with_host() : start_with_path();
}

void Connector::refuse(std::string message) {
    state_ = State::connecting;
    settle({Errc::invalid_argument, std::move(message)}, {});
}

void Connector::start_with_path() {
    const auto address = Address::from_path(request_.unix_path);
    if (!address) return refuse("no Unix socket can have the path " + request_.unix_path);
    if (!filter_) return start_attempts({*address});
    state_ = State::connecting;
    // The filter is the user's: not from within the call that starts this.
    const std::weak_ptr<Resident> weak = weak_from_this();
    reactor_.post(Callback<void()>{[this, weak, address] {
                                       const auto self = weak.lock();
                                       if (self && state_ == State::connecting)
                                           start_attempts({*address});
                                   },
                                   Origin{}});
}

void Connector::start_with_host() {
    if (request_.host.empty()) return refuse("there is no host to connect to");
    const std::weak_ptr<Resident> weak = weak_from_this();
    Resolver& resolver = request_.resolver ? *request_.resolver : reactor_.resolver();
    lookup_ = resolver.resolve(
        request_.host, request_.port,
        Callback<void(Error, std::vector<Address>)>{
            [this, weak](Error error, const std::vector<Address>& addresses) {
                if (const auto self = weak.lock(); self && state_ == State::resolving)
                    on_resolved(std::move(error), addresses);
                else
                    ErrorAccess::mark_looked_at(error);
            },
            Origin{}});
}

void Connector::on_resolved(Error error, const std::vector<Address>& addresses) {
    lookup_ = {};
    if (ErrorAccess::failed(error)) return settle(std::move(error), {});
    dispatch(request_.on_resolved, reactor_.now());
    if (state_ != State::resolving) return;
    if (addresses.empty())
        return settle({Errc::host_not_found, request_.host + " has no address"}, {});
    start_attempts(interleave_families(addresses));
}

void Connector::start_attempts(std::vector<Address> addresses) {
    state_ = State::connecting;
    addresses_ = std::move(addresses);
    const std::string reason = drop_unwanted();
    if (!addresses_.empty()) return start_next_attempt();
    settle({Errc::address_not_available, target() + " has no " + reason}, {});
}

// What is missing if nothing is left.
std::string Connector::drop_unwanted() {
    if (!request_.allow_ipv6) {
        std::erase_if(addresses_,
                      [](const Address& to) { return to.family() == Address::Family::ipv6; });
        if (addresses_.empty()) return "IPv4 address, and allow_ipv6 is false";
    }
    const Address& source = request_.options.source;
    if (source.family() == Address::Family::none) return {};
    std::erase_if(addresses_, [&](const Address& to) { return to.family() != source.family(); });
    return "address of the family of " + source.to_string();
}

// An address that fails at once is passed over here, in a loop.
void Connector::start_next_attempt() {
    stagger_.cancel();
    while (next_address_ < addresses_.size())
        if (try_next_address()) break;
    if (state_ != State::connecting) return;
    if (under_way_ == 0) return settle(all_failed(), {});
    if (next_address_ == addresses_.size()) return;
    stagger_ = reactor_.call_later(attempt_delay, [this] { start_next_attempt(); });
    stagger_.unref();
}

// True if it is being tried, or if nothing more is to be tried.
bool Connector::try_next_address() {
    const Address address = addresses_[next_address_++];
    const bool allowed = is_allowed(address);
    if (state_ != State::connecting) return true;
    if (!allowed) {
        note_refusal(address);
        return false;
    }
    TransportResult result = reactor_.network().connect(reactor_, address, request_.options);
    if (!result.transport) {
        note_failure(address, result.error);
        return false;
    }
    attempts_.push_back(std::make_unique<Attempt>(*this, address, std::move(result.transport)));
    ++under_way_;
    return true;
}

// The filter may do anything, also cancel this very connector.
bool Connector::is_allowed(const Address& address) noexcept {
    if (!filter_) return true;
    const std::shared_ptr<Resident> self = shared_from_this();
    const std::shared_ptr<const AddressFilter> filter = filter_;
    const Origin origin = callback_.origin();
    DispatchScope scope{origin};
    try {
        return (*filter)(address);
    } catch (...) {
        scope.report_exception();
        return false;
    }
}

void Connector::on_attempt_writable(Attempt& attempt) noexcept {
    if (state_ != State::connecting) return;
    if (const Error error = attempt.finish()) return on_attempt_failed(attempt, error);
    settle({}, attempt.release());
}

void Connector::on_attempt_failed(Attempt& attempt, const Error& error) noexcept {
    if (state_ != State::connecting) return ErrorAccess::mark_looked_at(error);
    attempt.close();
    --under_way_;
    note_failure(attempt.address(), error);
    start_next_attempt();
}

void Connector::note_failure(const Address& address, const Error& error) {
    std::string text = failure_text(address, error);
    last_failure_ = ErrorAccess::make(error.kind(), error.code(), error.category(), text);
    ErrorAccess::mark_looked_at(last_failure_);  // only a part of the outcome
    failures_.push_back(std::move(text));
}

// The kind is that of the last address that was tried, if any was.
void Connector::note_refusal(const Address& address) {
    std::string text = "connect to " + address.to_string() + ": refused by the address filter";
    if (!ErrorAccess::failed(last_failure_)) {
        last_failure_ = Error{Errc::permission_denied, text};
        ErrorAccess::mark_looked_at(last_failure_);
    }
    failures_.push_back(std::move(text));
}

// The last ones, as they decide the kind.
std::string Connector::failures_text() const {
    const std::size_t told = std::min(failures_.size(), most_failures_told);
    const std::size_t left_out = failures_.size() - told;
    std::string text;
    for (std::size_t i = left_out; i < failures_.size(); ++i)
        text += (text.empty() ? "" : "; ") + failures_[i];
    if (left_out > 0) text += "; and " + std::to_string(left_out) + " more before";
    return text;
}

Error Connector::all_failed() const {
    return ErrorAccess::make(last_failure_.kind(), last_failure_.code(), last_failure_.category(),
                             failures_text());
}

void Connector::on_timeout() noexcept {
    std::string text =
        "connect to " + target() + ": timed out after " + seconds_text(request_.timeout);
    if (state_ == State::resolving) text += ", in the look-up of the name";
    if (!failures_.empty()) text += "; " + failures_text();
    settle({Errc::timed_out, std::move(text)}, {});
}

void Connector::cancel() noexcept {
    reactor_.check_thread("ConnectHandle::cancel");
    if (state_ == State::delivered) return;
    Error error = canceled_by_user("connect to " + target() + " was canceled");
    if (state_ != State::settled) return settle(std::move(error), {});
    ErrorAccess::mark_looked_at(error_);
    ErrorAccess::set_phase(error, "connect");
    error_ = std::move(error);
}

void Connector::settle(Error error, std::unique_ptr<Transport> transport) noexcept {
    error_ = with_phase(std::move(error), state_ == State::resolving ? "resolve" : "connect");
    transport_ = std::move(transport);
    state_ = State::settled;
    release_work();
    const auto self = std::static_pointer_cast<Connector>(shared_from_this());
    reactor_.post(Callback<void()>{[self] { self->deliver(); }, callback_.origin()});
    hold_.set(false);  // the posted call is work by itself
}

void Connector::release_work() noexcept {
    timeout_.cancel();
    stagger_.cancel();
    for (const auto& attempt : attempts_)
        attempt->close();
    std::exchange(lookup_, {}).cancel();
}

void Connector::deliver() {
    if (state_ != State::settled) return;
    state_ = State::delivered;
    reactor_.abandon(*this);
    if (ErrorAccess::failed(error_)) transport_.reset();
    release_request();
    ErrorAccess::set_origin(error_, callback_.origin());
    std::move(callback_)(std::move(error_), std::move(transport_));
}

void Connector::let_go() noexcept {
    state_ = State::delivered;
    release_work();
    transport_.reset();
    release_request();
    callback_.discard();
}

// What the request holds of the user's; moved out first, as it may do anything when it goes.
void Connector::release_request() noexcept {
    const auto on_resolved = std::exchange(request_.on_resolved, {});
    const auto filter = std::exchange(filter_, {});
    const auto resolver = std::exchange(request_.resolver, {});
}

std::string Connector::target() const {
    if (!request_.unix_path.empty()) return "unix:" + request_.unix_path;
    const bool ipv6 = request_.host.find(':') != std::string::npos;
    return (ipv6 ? '[' + request_.host + ']' : request_.host) + ':' + std::to_string(request_.port);
}

ConnectHandle connect_transport(const ReactorRef& reactor, ConnectRequest request,
                                Callback<void(Error, std::unique_ptr<Transport>)> callback) {
    reactor.check_thread("connect_transport");
    if (!callback || !reactor.alive()) return {};
    const auto connector =
        std::make_shared<Connector>(reactor, std::move(request), std::move(callback));
    connector->start();
    return ConnectHandle{std::weak_ptr<ConnectHandle::Operation>{connector}};
}

}  // namespace gyre::detail
