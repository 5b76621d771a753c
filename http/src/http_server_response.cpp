#include "exchange.hpp"
#include "set_cookie.hpp"
#include <gyre/http/http_server_response.hpp>

namespace gyre::http {
namespace {

Error inert() { return {Errc::closed, "the response refers to nothing"}; }

}  // namespace

HTTPServerResponse::HTTPServerResponse(detail::Exchange& exchange) noexcept : exchange_(&exchange) {
    exchange.retain_response();
}

HTTPServerResponse::HTTPServerResponse(const HTTPServerResponse& other) noexcept
    : exchange_(other.exchange_) {
    if (exchange_) exchange_->retain_response();
}

HTTPServerResponse::~HTTPServerResponse() {
    if (exchange_) exchange_->release_response();
}

Error HTTPServerResponse::set_status(int status, std::string_view reason) const {
    return exchange_ ? exchange_->set_status(status, reason) : inert();
}

Error HTTPServerResponse::set_header(std::string_view name, std::string_view value) const {
    return exchange_ ? exchange_->set_header(name, value, true) : inert();
}

Error HTTPServerResponse::add_header(std::string_view name, std::string_view value) const {
    return exchange_ ? exchange_->set_header(name, value, false) : inert();
}

Error HTTPServerResponse::set_cookie(const Cookie& cookie) const {
    return exchange_ ? exchange_->set_cookie(cookie) : inert();
}

Error HTTPServerResponse::clear_cookie(std::string_view name, std::string_view path,
                                       std::string_view domain) const {
    Cookie cookie{.name = std::string{name},
                  .value = {},
                  .domain = std::string{domain},
                  .path = std::string{path},
                  .max_age = std::chrono::seconds::zero(),
                  .expires = std::chrono::sys_seconds{}};
    // Otherwise browsers refuse to touch it.
    cookie.secure = detail::has_host_prefix(name) || detail::has_secure_prefix(name);
    return set_cookie(cookie);
}

void HTTPServerResponse::write(std::string_view data, Callback<void(Error)> callback) const {
    if (exchange_) exchange_->write(std::move(data), std::move(callback));
}

void HTTPServerResponse::write(std::string&& data, Callback<void(Error)> callback) const {
    if (exchange_) exchange_->write(std::move(data), std::move(callback));
}

void HTTPServerResponse::write(std::shared_ptr<const std::string> data,
                               Callback<void(Error)> callback) const {
    if (exchange_) exchange_->write(std::move(data), std::move(callback));
}

void HTTPServerResponse::flush(Callback<void(Error)> callback) const {
    if (exchange_) exchange_->flush_now(std::move(callback));
}

void HTTPServerResponse::finish(std::string_view data) const {
    if (exchange_) exchange_->finish(data);
}

void HTTPServerResponse::finish(std::string&& data) const {
    if (exchange_) exchange_->finish_with(std::move(data));
}

void HTTPServerResponse::finish(std::shared_ptr<const std::string> data) const {
    if (exchange_) exchange_->finish_with(std::move(data));
}

void HTTPServerResponse::fail(const Error& error) const {
    if (exchange_)
        exchange_->fail(error);
    else
        error.ignore("the response refers to nothing");
}

void HTTPServerResponse::send_error(int status) const {
    if (exchange_) exchange_->send_error(status);
}

void HTTPServerResponse::redirect(std::string_view url, int status) const {
    if (exchange_) exchange_->redirect(url, status, false);
}

void HTTPServerResponse::redirect_offsite(std::string_view url, int status) const {
    if (exchange_) exchange_->redirect(url, status, true);
}

void HTTPServerResponse::on_connection_close(Callback<void()> callback) const {
    if (exchange_)
        exchange_->on_connection_close(std::move(callback));
    else
        callback.discard();
}

void HTTPServerResponse::on_finish(Callback<void(ResponseSummary)> callback) const {
    if (exchange_)
        exchange_->on_response_end(std::move(callback));
    else
        callback.discard();
}

void HTTPServerResponse::on_drain(Handler<void()> handler) const {
    if (exchange_) exchange_->on_drain(std::move(handler));
}

std::size_t HTTPServerResponse::queued_bytes() const noexcept {
    return exchange_ ? exchange_->queued_bytes() : 0;
}

bool HTTPServerResponse::head_sent() const noexcept {
    return exchange_ && exchange_->response_begun();
}

bool HTTPServerResponse::finished() const noexcept { return !exchange_ || !exchange_->is_open(); }

}  // namespace gyre::http
