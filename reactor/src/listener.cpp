#include <gyre/error_access.hpp>
#include <gyre/listener.hpp>
#include <gyre/log.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

// A kernel without IPv6 cannot open the dual-stack wildcard.
bool has_ipv6() noexcept {
    static const bool available = [] {
        const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (probe >= 0) ::close(probe);
        return probe >= 0;
    }();
    return available;
}

}  // namespace

std::optional<Address> listen_address(std::string_view host, std::uint16_t port) {
    constexpr std::string_view unix_prefix = "unix:";
    if (host.starts_with(unix_prefix)) return Address::from_path(host.substr(unix_prefix.size()));
    if (host.empty()) host = has_ipv6() ? "::" : "0.0.0.0";
    if (host == "localhost") host = "127.0.0.1";
    return Address::from_ip(host, port);
}

Error replace_server_tls(std::optional<TLSOptions>& options, TLSContext& context,
                         const TLSOptions& fresh) {
    if (!options) return {Errc::invalid_argument, "set_tls of a server without TLS"};
    TLSContextResult loaded = TLSContext::server(fresh);
    if (ErrorAccess::failed(loaded.error)) return std::move(loaded.error);
    // What was before goes last, as a selector's captures may do anything as they go, also to the
    // server.
    TLSOptions before = fresh;
    std::swap(*options, before);
    std::swap(context, loaded.context);
    return {};
}

std::size_t default_max_connections() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 100'000;
    // The rest is for files, connections to others and the way out.
    return std::max<std::size_t>(1, static_cast<std::size_t>(limit.rlim_cur) / 10 * 8);
}

/// Hears that the reactor goes, on the listener's behalf.
class Listener::Guard final : public Resident {
public:
    explicit Guard(Listener& listener) noexcept : listener_(&listener) {}
    void on_reactor_destroyed() noexcept override {
        if (listener_) listener_->stop();
    }
    void list_pending(PendingOperations& all) const override {
        if (listener_)
            all.push_back({.kind = "listener", .detail = listener_->address().to_string()});
    }
    void forget() noexcept { listener_ = nullptr; }

private:
    Listener* listener_;
};

Listener::Listener(ReactorRef reactor, OnTransport on_transport)
    : reactor_(std::move(reactor)), on_transport_(std::move(on_transport)), hold_(reactor_) {}

Listener::~Listener() { stop(); }

Error Listener::listen(const Address& address, const ListenOptions& options) {
    if (Error error = refusal(); ErrorAccess::failed(error)) return error;
    return start(reactor_.network().listen(reactor_, address, options));
}

Error Listener::listen(std::string_view host, std::uint16_t port, const ListenOptions& options) {
    const std::optional<Address> address = listen_address(host, port);
    if (!address)
        return {Errc::invalid_argument,
                "cannot listen on \"" + std::string{host} + "\": not an IP address or unix:PATH"};
    return listen(*address, options);
}

Error Listener::listen_on(int descriptor, const ListenOptions& options) {
    if (Error error = refusal(); ErrorAccess::failed(error)) return error;
    return start(reactor_.network().listen_on(reactor_, descriptor, options));
}

Error Listener::refusal() const {
    if (!reactor_.alive()) return {Errc::closed, "the reactor is gone"};
    if (acceptor_) return {Errc::already_in_progress, "it listens already"};
    return {};
}

Error Listener::start(AcceptorResult result) {
    if (!result.acceptor) return std::move(result.error);
    acceptor_ = std::move(result.acceptor);
    guard_ = std::make_shared<Guard>(*this);
    reactor_.adopt(guard_);
    acceptor_->set_listener(this);
    acceptor_->want_accept(true);
    hold_.set(true);
    return {};
}

void Listener::stop() noexcept {
    retry_.cancel();
    hold_.set(false);
    if (guard_) {
        guard_->forget();
        reactor_.abandon(*std::exchange(guard_, nullptr));
    }
    // The acceptor may be the one that calls at this moment: it goes at the end of the turn.
    if (!acceptor_) return;
    acceptor_->set_listener(nullptr);
    acceptor_->want_accept(false);
    acceptor_->close();
    reactor_.post(Callback<void()>{[gone = std::exchange(acceptor_, nullptr)] {}, Origin{}});
}

void Listener::drain() noexcept {
    // No backlog is longer, while a flood of connections would have no end.
    constexpr int most = 65'536;
    for (int i = 0; i < most && acceptor_; ++i) {
        TransportResult next = acceptor_->accept();
        if (!next.transport) {
            next.error.ignore("the backlog is given up in any case");
            break;
        }
        on_transport_(std::move(next.transport));
    }
    stop();
}

Address Listener::address() const noexcept {
    return acceptor_ ? acceptor_->local_address() : Address{};
}

void Listener::on_acceptable() noexcept {
    constexpr int fair_share = 16;
    for (int i = 0; i < fair_share && acceptor_ && !reactor_.stopping(); ++i) {
        TransportResult next = acceptor_->accept();
        if (ErrorAccess::failed(next.error)) {
            log(LogLevel::warning, next.error.message() + "; accepting pauses");
            return back_off();
        }
        if (!next.transport) return;
        pause_ = {};
        on_transport_(std::move(next.transport));
    }
}

void Listener::back_off() noexcept {
    constexpr Duration shortest = std::chrono::milliseconds{10};
    constexpr Duration longest = std::chrono::milliseconds{500};
    ++shed_;
    pause_ = std::clamp(pause_ * 2, shortest, longest);
    acceptor_->want_accept(false);
    retry_ = reactor_.call_later(
        pause_, Callback<void()>{[this] { acceptor_->want_accept(true); }, Origin{}});
}

}  // namespace gyre::detail
