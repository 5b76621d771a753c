#include "open_count.hpp"
#include "stream_impl.hpp"
#include <gyre/listener.hpp>
#include <gyre/tcp_server.hpp>

#include <string>
#include <utility>
#include <vector>

namespace gyre {
namespace detail {

/// The server behind `TCPServer`; streams refer to it weakly.
class TCPServerImpl : public std::enable_shared_from_this<TCPServerImpl> {
public:
    TCPServerImpl(ReactorRef reactor, TCPServerOptions options)
        : reactor_(std::move(reactor)),
          options_(std::move(options)),
          listener_(
              reactor_,
              [this](std::unique_ptr<Transport> transport) { on_transport(std::move(transport)); }),
          max_connections_(options_.max_connections == 0 ? default_max_connections()
                                                         : options_.max_connections) {}

    Error listen(std::uint16_t port, std::string_view host);
    Error listen_on(int descriptor);
    const ReactorRef& reactor() const noexcept { return reactor_; }
    void handle_stream(Handler<void(IOStream)> handler) { std::swap(handler_, handler); }
    void stop() noexcept { listener_.stop(); }
    Error set_tls(const TLSOptions& options) {
        return replace_server_tls(options_.tls, tls_, options);
    }
    Address address() const noexcept { return listener_.address(); }
    int native_handle() const noexcept { return listener_.native_handle(); }
    TCPServerStats stats() const noexcept {
        return {
            .accepted = accepted_, .refused = refused_, .shed = listener_.shed(), .open = *open_};
    }
    void release() noexcept;

private:
    Error check_options() const;
    Error prepare();
    ListenOptions listen_options() const;
    void on_transport(std::unique_ptr<Transport> transport);
    void serve(const std::shared_ptr<StreamImpl>& stream);
    void remember(const std::shared_ptr<StreamImpl>& stream);

    ReactorRef reactor_;
    TCPServerOptions options_;
    TLSContext tls_;
    Handler<void(IOStream)> handler_;
    Listener listener_;
    std::vector<std::weak_ptr<StreamImpl>> streams_;
    std::size_t prune_at_ = 64;
    std::size_t max_connections_;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
    std::uint64_t accepted_ = 0;
    std::uint64_t refused_ = 0;
};

Error TCPServerImpl::check_options() const {
    if (options_.backlog <= 0)
        return {Errc::invalid_argument, "TCPServerOptions::backlog must be positive"};
    if (Error error = check_socket_options(options_.socket); ErrorAccess::failed(error))
        return error;
    return check_stream_options(options_.stream);
}

Error TCPServerImpl::listen(std::uint16_t port, std::string_view host) {
    if (Error error = prepare(); ErrorAccess::failed(error)) return error;
    return listener_.listen(host, port, listen_options());
}

Error TCPServerImpl::listen_on(int descriptor) {
    if (Error error = prepare(); ErrorAccess::failed(error)) return error;
    return listener_.listen_on(descriptor, listen_options());
}

Error TCPServerImpl::prepare() {
    if (Error error = check_options(); ErrorAccess::failed(error)) return error;
    return options_.tls ? set_tls(*options_.tls) : Error{};
}

ListenOptions TCPServerImpl::listen_options() const {
    return {.backlog = options_.backlog,
            .reuse_port = options_.reuse_port,
            .ipv6_only = options_.ipv6_only,
            .socket = options_.socket};
}

void TCPServerImpl::on_transport(std::unique_ptr<Transport> transport) {
    if (*open_ >= max_connections_) {
        ++refused_;
        return;
    }
    ++accepted_;
    auto stream = std::make_shared<StreamImpl>(reactor_, std::move(transport), options_.stream);
    stream->count_as_open(OpenCount{open_});
    stream->start();
    remember(stream);
    if (!options_.tls) return serve(stream);
    stream->start_tls(TLSRole::server, tls_, {},
                      Callback<void(Error)>{[weak = weak_from_this(), stream](Error error) {
                                                error.ignore("a peer's bad handshake is its own");
                                                const auto self = weak.lock();
                                                if (self && stream->is_open()) self->serve(stream);
                                            },
                                            Origin{}});
}

void TCPServerImpl::serve(const std::shared_ptr<StreamImpl>& stream) {
    if (!handler_ || !dispatch(handler_, IOStream{stream})) stream->abort();
}

void TCPServerImpl::remember(const std::shared_ptr<StreamImpl>& stream) {
    if (streams_.size() >= prune_at_) {
        std::erase_if(streams_, [](const auto& weak) { return weak.expired(); });
        prune_at_ = 64 + 2 * streams_.size();
    }
    streams_.push_back(stream);
}

void TCPServerImpl::release() noexcept {
    const QuietScope quiet;
    stop();
    for (const std::weak_ptr<StreamImpl>& weak : std::exchange(streams_, {}))
        if (const auto stream = weak.lock()) stream->release();
    std::exchange(handler_, {}) = {};
}

}  // namespace detail

TCPServer::TCPServer(Reactor& reactor, TCPServerOptions options)
    : impl_(std::make_shared<detail::TCPServerImpl>(detail::ReactorRef{reactor},
                                                    std::move(options))) {}

TCPServer::~TCPServer() {
    impl_->release();
    // It may be the one that calls the handler at this moment: it goes on a later turn.
    const detail::ReactorRef reactor = impl_->reactor();
    reactor.post(Callback<void()>{[gone = std::move(impl_)] {}, detail::Origin{}});
}

void TCPServer::handle_stream(Handler<void(IOStream)> handler) {
    impl_->reactor().check_thread("TCPServer::handle_stream");
    impl_->handle_stream(std::move(handler));
}

Error TCPServer::listen(std::uint16_t port, std::string_view address) {
    impl_->reactor().check_thread("TCPServer::listen");
    return impl_->listen(port, address);
}

Error TCPServer::listen_on(int descriptor) {
    impl_->reactor().check_thread("TCPServer::listen_on");
    return impl_->listen_on(descriptor);
}

void TCPServer::stop() {
    impl_->reactor().check_thread("TCPServer::stop");
    impl_->stop();
}

Error TCPServer::set_tls(const TLSOptions& options) {
    impl_->reactor().check_thread("TCPServer::set_tls");
    return impl_->set_tls(options);
}

Address TCPServer::address() const { return impl_->address(); }
int TCPServer::native_handle() const { return impl_->native_handle(); }
TCPServerStats TCPServer::stats() const { return impl_->stats(); }

}  // namespace gyre
