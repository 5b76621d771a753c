// How a fetch gets a connection: its turn in the queue, the pool, dialing.
#include "client_fetch.hpp"

#include "client_cookies.hpp"
#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <chrono>
#include <utility>

namespace gyre::http::detail {

using gyre::detail::ErrorAccess;
using gyre::detail::Origin;

ClientFetch::ClientFetch(std::shared_ptr<ClientLease> client, HTTPRequest&& request,
                         Callback<void(HTTPResponse)> callback)
    : client_(std::move(client)),
      reactor_(client_->core()->reactor()),
      response_{.request = std::move(request)},
      callback_(std::move(callback)),
      hold_(reactor_),
      request_deadline_(reactor_, *this),
      step_deadline_(reactor_, *this),
      speed_deadline_(reactor_, *this) {}

// The first turn is the reactor's own: only then is its time right, and nothing can be told inline.
void ClientFetch::start() {
    reactor_.adopt(shared_from_this());
    hold_.set(true);
    response_.start_time = std::chrono::system_clock::now();
    response_.effective_url = without_userinfo(request_.url);
    reactor_.post(Callback<void()>{[self = self()] { self->begin(); }, Origin{}});
}

void ClientFetch::begin() {
    if (ended()) return;
    started_ = queued_since_ = reactor_.now();
    if (Error error = client_->core()->check_options(); ErrorAccess::failed(error))
        return fail(std::move(error));
    HopResult first = first_hop(request_);
    if (ErrorAccess::failed(first.error)) return fail(std::move(first.error));
    if (Error error = set_hop(std::move(first.hop)); ErrorAccess::failed(error))
        return fail(std::move(error));
    request_deadline_.expire_after(request_.request_timeout);
    state_ = State::queued;
    ticket_ = client_->core()->queue().enqueue(self(), hop_.url.origin(), request_.priority);
    client_->core()->start_queued();
}

Error ClientFetch::set_hop(ClientHop&& hop) {
    hop_ = std::move(hop);
    const std::optional<ProxySettings> last_proxy = std::exchange(route_.key.proxy, std::nullopt);
    if (Error error = set_route(route_, hop_, request_, client_options().tls);
        ErrorAccess::failed(error))
        return error;
    if (route_.key.proxy != last_proxy) proxy_authenticator_.reset();
    set_authenticators();
    reach_ = FetchFailure::not_sent;
    request_sent_ = false;
    replaced_stale_ = false;
    return write_head();
}

void ClientFetch::set_authenticators() {
    const std::optional<ProxySettings>& proxy = route_.key.proxy;
    if (proxy && !proxy_authenticator_)
        proxy_authenticator_ =
            make_authenticator(proxy->auth_mode, proxy->username, proxy->password, reactor_);
    if (hop_.user.empty() && hop_.password.empty()) return authenticator_.reset();
    if (!authenticator_)
        authenticator_ = make_authenticator(AuthMode::digest, hop_.user, hop_.password, reactor_);
}

// Again for each attempt, since an answer to a challenge is good for one request, and cookies may
// have come meanwhile.
Error ClientFetch::write_head() {
    head_.clear();
    HopFields more{.asks_proxy = route_.asks_proxy(),
                   .tunneled = route_.has_proxy() && !route_.asks_proxy()};
    std::string cookies;
    if (request_.cookie_jar) cookies = cookies_for(*request_.cookie_jar, hop_);
    more.cookies = cookies;
    const std::string own = authorization();
    more.authorization = own;
    const std::string for_proxy = authorization_for_proxy();
    more.proxy_authorization = for_proxy;
    return append_hop_head(head_, hop_, request_, more);
}

std::string ClientFetch::authorization() const {
    return authenticator_ ? authenticator_->authorization(hop_.method, hop_.url.target)
                          : std::string{};
}

std::string ClientFetch::authorization_for_proxy() const {
    if (!route_.asks_proxy()) return {};
    return proxy_authenticator_->authorization(hop_.method, hop_.url.origin() + hop_.url.target);
}

// May be called from within another fetch's end, and so from a user's call.
void ClientFetch::on_slot() {
    response_.time_info.queue += reactor_.now() - queued_since_;
    // The jar may have changed while this one waited.
    if (request_.cookie_jar)
        if (Error error = write_head(); ErrorAccess::failed(error))
            return fail_later(std::move(error));
    start_connection();
}

void ClientFetch::start_connection() {
    response_.effective_url = hop_.url.to_string();
    state_ = State::dialing;
    connection_ = client_->core()->pool().take(route_.key);
    reused_ = connection_ != nullptr;
    if (!reused_) return start_dialing();
    connection_->set_user(*this);
    connection_->begin_request();
    if (!has_address_filter()) return start_exchange();
    // The filter is the user's.
    reactor_.post(Callback<void()>{[self = self(), attempt = attempt_] {
                                       if (self->attempt_ == attempt) self->use_pooled();
                                   },
                                   Origin{}});
}

void ClientFetch::use_pooled() {
    if (state_ != State::dialing || !connection_) return;
    const bool allowed = is_allowed(connection_->peer_address());
    if (state_ != State::dialing || !connection_) return;
    // What came in the turn that the filter took must not become the reply.
    if (allowed && connection_->is_quiet()) return start_exchange();
    drop_connection();
    start_dialing();
}

// The filter may do anything, also cancel this very fetch.
bool ClientFetch::is_allowed(const Address& address) noexcept {
    const std::shared_ptr<Resident> self = shared_from_this();
    const AddressFilter filter = address_filter();
    const Origin origin = callback_.origin();
    gyre::detail::DispatchScope scope{origin};
    try {
        return filter(address);
    } catch (...) {
        scope.report_exception();
        return false;
    }
}

void ClientFetch::start_dialing() {
    state_ = State::dialing;
    reused_ = false;
    step_deadline_.expire_after(request_.connect_timeout);
    dialer_ = std::make_shared<ClientDialer>(
        reactor_, route_,
        DialOptions{.timeout = request_.connect_timeout,
                    .address_filter = address_filter(),
                    .resolver = client_options().resolver,
                    .user_agent = std::string{user_agent_of(hop_, request_)},
                    .authenticator = proxy_authenticator_,
                    .origin = callback_.origin()},
        static_cast<DialerListener&>(*this));
    if (Error error = dialer_->start(); ErrorAccess::failed(error)) fail_later(std::move(error));
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the filter is the dialer's

void ClientFetch::on_dialed(Error error, std::shared_ptr<ClientConnection> connection) noexcept {
    step_deadline_.clear();
    if (ErrorAccess::failed(error)) return on_attempt_failed(std::move(error));
    drop_dialer();
    connection_ = std::move(connection);
    connection_->set_user(*this);
    start_exchange();
}

bool ClientFetch::has_address_filter() const noexcept {
    return request_.address_filter || client_options().address_filter;
}

AddressFilter ClientFetch::address_filter() const {
    const AddressFilter& clients = client_options().address_filter;
    if (!request_.address_filter) return clients;
    if (!clients) return request_.address_filter;
    return [clients, own = request_.address_filter](const Address& address) {
        return clients(address) && own(address);
    };
}

}  // namespace gyre::http::detail
