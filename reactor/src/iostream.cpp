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

std::size_t limit_of(const StreamImpl& stream, std::size_t max_bytes) noexcept {
    const std::size_t most = stream.options().max_read_buffer;
    return max_bytes == 0 ? most : std::min(max_bytes, most);
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
    if (delimiter.empty())
        return refuse(*impl_, std::move(callback), Errc::invalid_argument,
                      "read_until needs a delimiter");
    impl_->read(ReadRequest::until(std::string{delimiter}, limit_of(*impl_, max_bytes)),
                std::move(callback));
}

void IOStream::read_until_regex(std::string_view pattern, ReadCallback callback,
                                std::size_t max_bytes) const {
    if (!checked(impl_, "IOStream::read_until_regex")) return;
    auto compiled = std::make_unique<detail::StreamPattern>(pattern);
    if (detail::ErrorAccess::failed(compiled->error()))
        return impl_->complete(std::move(callback), compiled->error());
    impl_->read(ReadRequest::until_match(std::move(compiled), limit_of(*impl_, max_bytes)),
                std::move(callback));
}

void IOStream::read_line(ReadCallback callback, std::size_t max_bytes) const {
    if (!checked(impl_, "IOStream::read_line")) return;
    impl_->read(ReadRequest::line(limit_of(*impl_, max_bytes)), std::move(callback));
}

void IOStream::read_into(std::span<char> room, Callback<void(Error, std::size_t)> callback,
                         bool partial) const {
    if (!checked(impl_, "IOStream::read_into")) return;
    if (!room.empty()) return impl_->read_into(room, std::move(callback), partial);
    impl_->complete(
        std::move(callback),
        partial ? Error{Errc::invalid_argument, "read_into needs room for a byte"} : Error{});
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

void IOStream::on_line(Handler<void(std::string_view)> handler, std::size_t max_bytes) const {
    if (!checked(impl_, "IOStream::on_line")) return;
    if (!handler) return impl_->on_data({});
    impl_->on_data(std::move(handler),
                   std::make_unique<ReadRequest>(ReadRequest::line(limit_of(*impl_, max_bytes))));
}

void IOStream::set_end_callback(Handler<void()> handler) const {
    if (checked(impl_, "IOStream::set_end_callback")) impl_->set_end_callback(std::move(handler));
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

void IOStream::send_file(const File& file, std::uint64_t offset, std::uint64_t length,
                         Callback<void(Error)> callback) const {
    if (checked(impl_, "IOStream::send_file"))
        impl_->send_file(detail::FileRange::of(file, offset, length), std::move(callback));
}

void IOStream::shutdown_write() const {
    if (checked(impl_, "IOStream::shutdown_write")) impl_->shutdown_write();
}

Error IOStream::set_rate_limits(std::size_t read_rate, std::size_t write_rate,
                                std::size_t burst) const {
    if (read_rate == 0 || write_rate == 0 || burst == 0)
        return {Errc::invalid_argument, "set_rate_limits: a rate or burst of 0"};
    if (checked(impl_, "IOStream::set_rate_limits"))
        impl_->set_rate_limits(read_rate, write_rate, burst);
    return {};
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

bool IOStream::closed() const noexcept { return !impl_ || impl_->closed(); }

Address IOStream::local_address() const {
    const Transport* const transport = impl_ ? impl_->transport() : nullptr;
    return transport ? transport->local_address() : Address{};
}

Address IOStream::peer_address() const {
    const Transport* const transport = impl_ ? impl_->transport() : nullptr;
    return transport ? transport->peer_address() : Address{};
}

TLSInfo IOStream::tls_info() const {
    return impl_ && impl_->transport() ? impl_->transport()->tls_info() : TLSInfo{};
}

bool IOStream::is_secure() const noexcept { return impl_ && impl_->is_secure(); }

IOStream::operator bool() const noexcept { return impl_ && impl_->reactor().alive(); }

}  // namespace gyre
