#include "client_hop.hpp"
#include <gyre/http/http_client.hpp>
#include <gyre/reactor.hpp>

#include <utility>

namespace gyre::http {
namespace detail {

class HTTPClientImpl {
public:
    explicit HTTPClientImpl(AsyncHTTPClientOptions options)
        : client_(reactor_, std::move(options)) {}

    HTTPResponse fetch(HTTPRequest request, std::source_location place);
    HTTPRequest request(std::string_view url) const { return client_.request(url); }
    void close();

private:
    HTTPResponse refuse(HTTPRequest request, Errc kind, const char* reason,
                        std::source_location place) const;

    Reactor reactor_;
    AsyncHTTPClient client_;
    FetchHandle fetch_;
    bool fetching_ = false;
    bool closed_ = false;
};

HTTPResponse HTTPClientImpl::fetch(HTTPRequest request, std::source_location place) {
    if (closed_) return refuse(std::move(request), Errc::closed, "the HTTPClient is closed", place);
    if (fetching_)
        return refuse(std::move(request), Errc::already_in_progress,
                      "the HTTPClient waits for another fetch", place);
    HTTPResponse response;
    fetching_ = true;
    fetch_ = client_.fetch(std::move(request), {[&](HTTPResponse got) {
                                                    response = std::move(got);
                                                    reactor_.stop();
                                                },
                                                place});
    reactor_.run();
    fetching_ = false;
    return response;
}

HTTPResponse HTTPClientImpl::refuse(HTTPRequest request, Errc kind, const char* reason,
                                    std::source_location place) const {
    HTTPResponse response;
    response.reason = "Transport Failure";
    response.effective_url = without_userinfo(request.url);
    response.request = std::move(request);
    response.error = Error{kind, reason, place};
    return response;
}

void HTTPClientImpl::close() {
    closed_ = true;
    fetch_.cancel();
    client_ = {};
    if (!fetching_) reactor_.poll();
}

}  // namespace detail

HTTPClient::HTTPClient() : HTTPClient(AsyncHTTPClientOptions{}) {}
HTTPClient::HTTPClient(AsyncHTTPClientOptions options)
    : impl_(std::make_unique<detail::HTTPClientImpl>(std::move(options))) {}
HTTPClient::~HTTPClient() = default;

HTTPResponse HTTPClient::fetch(std::string_view url, std::source_location place) {
    return fetch(request(url), place);
}

HTTPResponse HTTPClient::fetch(HTTPRequest request, std::source_location place) {
    return impl_->fetch(std::move(request), place);
}

HTTPRequest HTTPClient::request(std::string_view url) const { return impl_->request(url); }

void HTTPClient::close() { impl_->close(); }

}  // namespace gyre::http
