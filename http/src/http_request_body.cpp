#include "request_body.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/http_request_body.hpp>

#include <utility>

namespace gyre::http {

HTTPRequestBody::HTTPRequestBody(std::shared_ptr<detail::RequestBodyLease> lease) noexcept
    : lease_(std::move(lease)) {}

void HTTPRequestBody::write(std::string_view data, Callback<void(Error)> callback) const {
    if (const auto lease = lease_) lease->body().write(data, data.size(), std::move(callback));
}

void HTTPRequestBody::write(std::string&& data, Callback<void(Error)> callback) const {
    const std::size_t size = data.size();
    if (const auto lease = lease_) lease->body().write(std::move(data), size, std::move(callback));
}

void HTTPRequestBody::write(std::shared_ptr<const std::string> data,
                            Callback<void(Error)> callback) const {
    const std::size_t size = data ? data->size() : 0;
    if (const auto lease = lease_) lease->body().write(std::move(data), size, std::move(callback));
}

void HTTPRequestBody::finish(std::string_view data) const {
    if (const auto lease = lease_) lease->body().finish(data);
}

void HTTPRequestBody::fail(const Error& error) const {
    if (const auto lease = lease_) return lease->body().fail(error);
    gyre::detail::ErrorAccess::mark_looked_at(error);
}

void HTTPRequestBody::on_drain(Handler<void()> handler) const {
    if (const auto lease = lease_) lease->body().on_drain(std::move(handler));
}

void HTTPRequestBody::on_close(Callback<void()> callback) const {
    if (const auto lease = lease_) lease->body().on_close(std::move(callback));
}

std::size_t HTTPRequestBody::queued_bytes() const noexcept {
    return lease_ ? lease_->body().queued_bytes() : 0;
}

bool HTTPRequestBody::finished() const noexcept { return !lease_ || lease_->body().finished(); }

}  // namespace gyre::http
