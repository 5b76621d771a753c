#include "native_socket.hpp"
#include "stream_impl.hpp"
#include <gyre/iostream.hpp>

#include <algorithm>
#include <utility>

namespace gyre {
namespace {

using detail::ReadRequest;
using detail::StreamImpl;
using ReadCallback = Callback<void(Error, std::string)>;

void refuse(StreamImpl& stream, ReadCallback callback, Errc kind, std::string message) {
    stream.complete(std::move(callback), Error{kind, std::move(message)});
}

/// The stream if there is one, after a check that this is its thread.
StreamImpl* checked(const std::shared_ptr<StreamImpl>& impl, const char* operation) noexcept {
    if (impl) impl->reactor().check_thread(operation);
    return impl.get();
}

}  // namespace

IOStream::IOStream(Reactor& reactor, std::unique_ptr<Transport> transport,
                   const IOStreamOptions& options) {
    if (!transport) return;
    impl_ =
        std::make_shared<StreamImpl>(detail::ReactorRef{reactor}, std::move(transport), options);
    impl_->start();
}

void IOStream::read_until(std::string_view delimiter, ReadCallback callback,
                          std::size_t max_bytes) const {
    if (!checked(impl_, "IOStream::read_until")) return;
    const std::size_t most = impl_->options().max_read_buffer;
    if (delimiter.empty())
        return refuse(*impl_, std::move(callback), Errc::invalid_argument,
                      "read_until needs a delimiter");
    impl_->read(ReadRequest::until(std::string{delimiter},
                                   max_bytes == 0 ? most : std::min(max_bytes, most)),
                std::move(callback));
}

void IOStream::read_bytes(std::size_t count, ReadCallback callback) const {
    if (!checked(impl_, "IOStream::read_bytes")) return;
    if (count > impl_->options().max_read_buffer)
        return refuse(*impl_, std::move(callback), Errc::limit_exceeded,
                      "read_bytes of more than max_read_buffer");
    if (count == 0) return refuse(*impl_, std::move(callback), Errc::ok, {});
    impl_->read(ReadRequest::exactly(count), std::move(callback));
}

void IOStream::read_some(std::size_t most, ReadCallback callback) const {
    if (!checked(impl_, "IOStream::read_some")) return;
    if (most == 0)
        return refuse(*impl_, std::move(callback), Errc::invalid_argument,
                      "read_some needs room for a byte");
    impl_->read(ReadRequest::some(most), std::move(callback));
}

void IOStream::read_until_close(ReadCallback callback) const {
    if (!checked(impl_, "IOStream::read_until_close")) return;
    impl_->read(ReadRequest::until_close(impl_->options().max_read_buffer), std::move(callback));
}

void IOStream::on_data(Handler<void(std::string_view)> handler) const {
    if (checked(impl_, "IOStream::on_data")) impl_->on_data(std::move(handler));
}

void IOStream::pause_reading() const {
    if (checked(impl_, "IOStream::pause_reading")) impl_->set_reading_paused(true);
}

void IOStream::resume_reading() const {
    if (checked(impl_, "IOStream::resume_reading")) impl_->set_reading_paused(false);
}

void IOStream::write(std::string_view data, Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::write")) impl_->write(data, std::move(callback));
}

void IOStream::write(std::string&& data, Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::write")) impl_->write(std::move(data), std::move(callback));
}

void IOStream::write(std::shared_ptr<const std::string> data,
                     Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::write")) impl_->write(std::move(data), std::move(callback));
}

std::size_t IOStream::queued_bytes() const noexcept { return impl_ ? impl_->queued_bytes() : 0; }

void IOStream::set_drain_callback(Handler<void()> handler) const {
    if (checked(impl_, "IOStream::set_drain_callback"))
        impl_->set_drain_callback(std::move(handler));
}

void IOStream::start_tls_client(const TLSContext& context, std::string host_name,
                                Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::start_tls_client"))
        impl_->start_tls(TLSRole::client, context, std::move(host_name), std::move(callback));
}

void IOStream::start_tls_server(const TLSContext& context, Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::start_tls_server"))
        impl_->start_tls(TLSRole::server, context, {}, std::move(callback));
}

void IOStream::close() const {
    if (checked(impl_, "IOStream::close")) impl_->close();
}

void IOStream::abort() const {
    if (checked(impl_, "IOStream::abort")) impl_->abort();
}

void IOStream::set_close_callback(Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::set_close_callback"))
        impl_->set_close_callback(std::move(callback));
}

Error IOStream::set_socket_options(const SocketOptions& options) const {
    if (!checked(impl_, "IOStream::set_socket_options") || closed())
        return {Errc::closed, "the stream is closed"};
    if (Error error = check_socket_options(options); detail::ErrorAccess::failed(error))
        return error;
    const int descriptor = impl_->transport()->native_handle();
    if (descriptor < 0) return {Errc::not_supported, "the stream is not on a socket"};
    return detail::replace_socket_options(descriptor, options);
}

bool IOStream::closed() const noexcept { return !impl_ || !impl_->is_open(); }

Address IOStream::local_address() const {
    return impl_ ? impl_->transport()->local_address() : Address{};
}

Address IOStream::peer_address() const {
    return impl_ ? impl_->transport()->peer_address() : Address{};
}

bool IOStream::is_secure() const noexcept { return impl_ && impl_->transport()->is_secure(); }

IOStream::operator bool() const noexcept { return impl_ && impl_->reactor().alive(); }

}  // namespace gyre
