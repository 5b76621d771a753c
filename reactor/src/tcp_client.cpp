#include "reactor_core.hpp"
#include "stream_impl.hpp"
#include <gyre/connect_transport.hpp>
#include <gyre/tcp_client.hpp>

#include <utility>

namespace gyre {
namespace {

using detail::ErrorAccess;
using detail::ReactorRef;
using detail::StreamImpl;
using ConnectCallback = Callback<void(Error, IOStream)>;

/// One connection being made; its callbacks hold it.
class Connection final : public std::enable_shared_from_this<Connection>,
                         public detail::ConnectHandle::Operation {
public:
    Connection(ReactorRef reactor, TCPClientOptions options, ConnectCallback callback)
        : reactor_(std::move(reactor)),
          options_(std::move(options)),
          callback_(std::move(callback)) {}

    void start(detail::ConnectRequest request) {
        if (options_.tls && options_.tls_host_name.empty()) options_.tls_host_name = request.host;
        if (Error error = detail::check_stream_options(options_.stream); ErrorAccess::failed(error))
            return post(std::move(error), "connect");
        if (Error error = check_socket_options(options_.socket); ErrorAccess::failed(error))
            return post(std::move(error), "connect");
        if (Error error = load_tls(); ErrorAccess::failed(error))
            return post(std::move(error), "tls");
        started_ = reactor_.now();
        request.timeout = options_.connect_timeout;
        request.options = {.source = options_.source, .socket = options_.socket};
        request.address_filter = std::move(options_.address_filter);
        request.allow_ipv6 = options_.allow_ipv6;
        connecting_ = detail::connect_transport(
            reactor_, std::move(request),
            {[self = shared_from_this()](Error error, std::unique_ptr<Transport> transport) {
                 self->on_connect(std::move(error), std::move(transport));
             },
             callback_.origin()});
    }

    void cancel() noexcept override {
        connecting_.cancel();
        handshaking_.abort();
    }

private:
    Error load_tls() {
        if (!options_.tls) return {};
        TLSContextResult loaded = TLSContext::client(*options_.tls);
        tls_ = std::move(loaded.context);
        return std::move(loaded.error);
    }

    void on_connect(Error error, std::unique_ptr<Transport> transport) {
        if (ErrorAccess::failed(error)) return finish(std::move(error), {});
        auto stream = std::make_shared<StreamImpl>(reactor_, std::move(transport), options_.stream);
        stream->start();
        if (!options_.tls) return finish({}, IOStream{stream});
        handshaking_ = IOStream{stream};
        deadline_ = reactor_.call_later(
            options_.connect_timeout - (reactor_.now() - started_),
            Callback<void()>{[self = shared_from_this(), stream] { self->on_timeout(stream); },
                             detail::Origin{}});
        stream->start_tls(TLSRole::client, tls_, options_.tls_host_name,
                          {[self = shared_from_this(), stream](Error outcome) {
                               self->on_handshake(std::move(outcome), stream);
                           },
                           callback_.origin()});
    }

    void on_timeout(const std::shared_ptr<StreamImpl>& stream) {
        stream->abort();
        finish({Errc::timed_out, "the TLS handshake took longer than connect_timeout"}, {});
    }

    void on_handshake(Error error, const std::shared_ptr<StreamImpl>& stream) {
        deadline_.cancel();
        if (!callback_) return error.ignore("the time-out has been told already");
        ErrorAccess::failed(error) ? finish(std::move(error), {}) : finish({}, IOStream{stream});
    }

    void finish(Error error, IOStream stream) {
        handshaking_ = {};
        if (options_.tls) ErrorAccess::set_phase(error, "tls");
        detail::dispatch(std::move(callback_), std::move(error), std::move(stream));
    }

    void post(Error error, std::string_view phase) {
        ErrorAccess::set_phase(error, phase);
        detail::post_result(reactor_, std::move(callback_), std::move(error), IOStream{});
    }

    ReactorRef reactor_;
    TCPClientOptions options_;
    ConnectCallback callback_;
    TLSContext tls_;
    TimePoint started_{};
    Timeout deadline_;
    Connecting connecting_;  // the socket, and then
    IOStream handshaking_;   // TLS on it
};

Connecting start_connecting(const std::shared_ptr<detail::ReactorCore>& core,
                            detail::ConnectRequest request, TCPClientOptions options,
                            ConnectCallback callback) {
    const auto connection =
        std::make_shared<Connection>(ReactorRef{core}, std::move(options), std::move(callback));
    connection->start(std::move(request));
    return Connecting{std::weak_ptr<Connecting::Operation>{connection}};
}

}  // namespace

TCPClient::TCPClient(Reactor& reactor) : core_(detail::ReactorCore::shared(reactor)) {}

Connecting TCPClient::connect(std::string_view host, std::uint16_t port,
                              ConnectCallback callback) const {
    return connect(host, port, TCPClientOptions{}, std::move(callback));
}

Connecting TCPClient::connect(std::string_view host, std::uint16_t port, TCPClientOptions options,
                              ConnectCallback callback) const {
    return start_connecting(core_, {.host = std::string{host}, .port = port}, std::move(options),
                            std::move(callback));
}

Connecting TCPClient::connect_unix(std::string_view path, ConnectCallback callback) const {
    return start_connecting(core_, {.unix_path = std::string{path}}, {}, std::move(callback));
}

}  // namespace gyre
