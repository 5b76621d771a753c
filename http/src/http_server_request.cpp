#include "exchange.hpp"
#include "form_parser.hpp"
#include "percent.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/http_server_request.hpp>

namespace gyre::http {

HTTPServerRequest::HTTPServerRequest(detail::Exchange& exchange) noexcept : exchange_(&exchange) {
    exchange.retain();
}

HTTPServerRequest::HTTPServerRequest(const HTTPServerRequest& other) noexcept
    : exchange_(other.exchange_) {
    if (exchange_) exchange_->retain();
}

HTTPServerRequest::~HTTPServerRequest() {
    if (exchange_) exchange_->release();
}

std::string_view HTTPServerRequest::method() const noexcept {
    return exchange_ ? exchange_->head.method : std::string_view{};
}

std::string_view HTTPServerRequest::target() const noexcept {
    return exchange_ ? exchange_->head.target : std::string_view{};
}

std::string_view HTTPServerRequest::path() const noexcept {
    return exchange_ ? exchange_->path() : std::string_view{};
}

std::string_view HTTPServerRequest::host() const noexcept {
    return exchange_ ? exchange_->host() : std::string_view{};
}

std::string_view HTTPServerRequest::query() const noexcept {
    const std::string_view target = this->target();
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

int HTTPServerRequest::version_minor() const noexcept {
    return exchange_ ? exchange_->head.version_minor : 1;
}

HTTPHeadersView HTTPServerRequest::headers() const noexcept {
    return exchange_ ? HTTPHeadersView{exchange_->head.fields} : HTTPHeadersView{};
}

std::string_view HTTPServerRequest::path_argument(std::string_view name) const noexcept {
    if (!exchange_ || name.empty()) return {};
    for (const detail::RouteArgument& argument : exchange_->arguments())
        if (argument.name == name) return argument.value;
    return {};
}

std::string_view HTTPServerRequest::raw_path_rest() const noexcept {
    if (!exchange_) return {};
    if (!exchange_->arguments().empty()) return exchange_->arguments().back().raw;
    std::string_view path = this->path();
    if (path.starts_with('/')) path.remove_prefix(1);
    return path;
}

std::optional<std::string> HTTPServerRequest::query_argument(std::string_view name) const {
    const auto arguments = detail::parse_query(query());
    if (!arguments) return std::nullopt;
    for (const auto& [key, value] : *arguments)
        if (key == name) return value;
    return std::nullopt;
}

std::vector<std::string> HTTPServerRequest::query_arguments(std::string_view name) const {
    std::vector<std::string> values;
    const auto arguments = detail::parse_query(query());
    if (!arguments) return values;
    for (const auto& [key, value] : *arguments)
        if (key == name) values.push_back(value);
    return values;
}

QueryResult HTTPServerRequest::parse_query(std::size_t max_arguments) const {
    return detail::parse_arguments(query(), max_arguments);
}

FormResult HTTPServerRequest::form(const FormOptions& options) const {
    FormResult result = detail::parse_form(*this, options);
    if (exchange_ && gyre::detail::ErrorAccess::kind(result.error) == Errc::limit_exceeded)
        exchange_->count(detail::ServerLimit::multipart);
    return result;
}

std::string_view HTTPServerRequest::body() const noexcept {
    return exchange_ ? exchange_->body() : std::string_view{};
}

void HTTPServerRequest::on_data(Handler<void(std::string_view)> handler) const {
    if (exchange_) exchange_->on_data(std::move(handler));
}

void HTTPServerRequest::on_finish(Callback<void(Error)> callback) const {
    if (exchange_) exchange_->on_finish(std::move(callback));
}

void HTTPServerRequest::pause() const {
    if (exchange_) exchange_->set_paused(true);
}

void HTTPServerRequest::resume() const {
    if (exchange_) exchange_->set_paused(false);
}

void HTTPServerRequest::set_max_body_size(std::uint64_t bytes) const {
    if (exchange_) exchange_->set_max_body_size(bytes);
}

HTTPHeadersView HTTPServerRequest::trailers() const noexcept {
    return exchange_ ? HTTPHeadersView{exchange_->head.trailers} : HTTPHeadersView{};
}

std::string_view HTTPServerRequest::id() const {
    return exchange_ ? exchange_->id() : std::string_view{};
}

Address HTTPServerRequest::remote_address() const {
    return exchange_ ? exchange_->remote_address() : Address{};
}

Address HTTPServerRequest::peer_address() const {
    return exchange_ ? exchange_->peer_address() : Address{};
}

std::string_view HTTPServerRequest::scheme() const noexcept {
    return exchange_ ? exchange_->scheme() : std::string_view{};
}

bool HTTPServerRequest::is_secure() const noexcept { return exchange_ && exchange_->is_secure(); }

}  // namespace gyre::http
