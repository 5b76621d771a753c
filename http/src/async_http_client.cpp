#include "client_fetch.hpp"
#include "client_registry.hpp"
#include "recycling_allocator.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/reactor_ref.hpp>

#include <string>
#include <utility>

namespace gyre::http {

FetchHandle::FetchHandle(std::weak_ptr<detail::ClientFetch> fetch) noexcept
    : fetch_(std::move(fetch)) {}

void FetchHandle::cancel() const {
    if (const auto fetch = fetch_.lock()) fetch->cancel();
}

void FetchHandle::pause_reading() const {
    if (const auto fetch = fetch_.lock()) fetch->pause_reading();
}

void FetchHandle::resume_reading() const {
    if (const auto fetch = fetch_.lock()) fetch->resume_reading();
}

AsyncHTTPClient::AsyncHTTPClient(Reactor& reactor) : client_(detail::shared_client(reactor)) {}

AsyncHTTPClient::AsyncHTTPClient(Reactor& reactor, AsyncHTTPClientOptions options)
    : client_(detail::new_client(reactor, std::move(options))) {}

FetchHandle AsyncHTTPClient::fetch(std::string_view url,
                                   Callback<void(HTTPResponse)> callback) const {
    return fetch(request(url), std::move(callback));
}

FetchHandle AsyncHTTPClient::fetch(HTTPRequest request,
                                   Callback<void(HTTPResponse)> callback) const {
    // The callback goes with this call, which its destructor reports.
    if (!*this) return {};
    client_->core()->reactor().check_thread("AsyncHTTPClient::fetch");
    const auto fetch = std::allocate_shared<detail::ClientFetch>(
        detail::RecyclingAllocator<detail::ClientFetch>{}, client_, std::move(request),
        std::move(callback));
    fetch->start();
    return FetchHandle{fetch};
}

HTTPRequest AsyncHTTPClient::request(std::string_view url) const {
    HTTPRequest request = client_ ? client_->core()->options().defaults : HTTPRequest{};
    request.url = url;
    return request;
}

AsyncHTTPClient::operator bool() const noexcept {
    return client_ && client_->core()->reactor().alive();
}

}  // namespace gyre::http
