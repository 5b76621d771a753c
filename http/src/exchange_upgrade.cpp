#include "exchange.hpp"
#include "field_rules.hpp"
#include "server_connection.hpp"
#include <gyre/error_access.hpp>

#include <string>
#include <utility>

// Trailers, the client as proxies tell of it, and upgrades: what few requests have.
namespace gyre::http::detail {
namespace {

bool asks_for(const MessageHead& head, std::string_view protocol) noexcept {
    for (const Field& field : head.fields)
        if (iequals(field.name, "Upgrade") && has_token(field.value, protocol)) return true;
    return false;
}

// token ["/" token] (RFC 9110 section 7.8).
bool is_protocol(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    return is_token(text.substr(0, slash)) &&
           (slash == std::string_view::npos || is_token(text.substr(slash + 1)));
}

}  // namespace

const ForwardedRequest* Exchange::forwarded() const {
    if (!peer_ || !peer_->rules) return nullptr;
    if (!forwarded_)
        forwarded_ = std::make_unique<ForwardedRequest>(
            read_forwarded(head.fields, peer_->rules->kind, peer_->rules->trusted)
                .value_or(ForwardedRequest{}));
    return forwarded_.get();
}

Address Exchange::remote_address() const {
    if (!peer_) return {};
    const ForwardedRequest* told = forwarded();
    return told && told->client ? *told->client : peer_->client;
}

Address Exchange::peer_address() const {
    if (!peer_) return {};
    return peer_->proxy ? *peer_->proxy : peer_->client;
}

std::string_view Exchange::scheme() const {
    if (!peer_) return {};
    const ForwardedRequest* told = forwarded();
    if (told && !told->scheme.empty()) return told->scheme;
    return peer_->secure ? "https" : "http";
}

std::string_view Exchange::host() const {
    const ForwardedRequest* told = forwarded();
    return told && !told->host.empty() ? std::string_view{told->host} : own_host();
}

Error Exchange::add_trailer(std::string_view name, std::string_view value) {
    if (!is_open()) return {Errc::closed, "the response has ended"};
    if (!is_field_name(name)) return {Errc::invalid_argument, "not a field name"};
    if (!is_field_value(value))
        return {Errc::invalid_argument, "a control byte in the value of " + std::string{name}};
    if (!may_be_trailer(name))
        return {Errc::invalid_argument, std::string{name} + " may not be a trailer"};
    if (writer_.add_trailer(name, value)) return {};
    return {Errc::closed, "the head of the response is out already, without chunks"};
}

void Exchange::upgrade(std::string_view protocol, Callback<void(Error, IOStream)> callback) {
    Error error;
    if (!is_open() || response_begun())
        error = {Errc::closed, "the response has ended, or its head is out"};
    else if (!callback || !is_protocol(protocol))
        error = {Errc::invalid_argument, "upgrade needs the name of a protocol and a callback"};
    else if (!asks_for(head, protocol) || !connection_->may_upgrade(*this))
        error = {Errc::protocol_error, "the request does not ask for this upgrade"};
    if (gyre::detail::ErrorAccess::failed(error)) {
        if (!callback) return gyre::detail::ErrorAccess::mark_looked_at(error);
        gyre::detail::Origin origin = callback.origin();
        return tell(Callback<void(Error)>{[callback = std::move(callback)](Error why) mutable {
                                              std::move(callback)(std::move(why), IOStream{});
                                          },
                                          std::move(origin)},
                    std::move(error));
    }
    writer_.set_upgrade(protocol);
    connection_->begin_upgrade(*this, std::move(callback));
    encode(true, {});
}

}  // namespace gyre::http::detail
