#pragma once

#include <gyre/export.hpp>
#include <gyre/http/async_http_client.hpp>
#include <gyre/http/http_request.hpp>
#include <gyre/http/http_response.hpp>

#include <memory>
#include <source_location>
#include <string_view>

namespace gyre::http {

namespace detail {
class HTTPClientImpl;
}

/// Fetches URLs one at a time and waits for each (Tornado's `HTTPClient`): for scripts and tests.
///
///     gyre::http::HTTPClient client;
///     const gyre::http::HTTPResponse response = client.fetch("http://example.com/");
///     std::cout << (response.error ? response.error.message() : response.body) << '\n';
///
/// An owner: it has a reactor of its own, which runs during `fetch` only, and connections that it
/// keeps for the next fetch. For one thread at a time. It may be used within the callbacks of
/// another reactor, but that one stands still meanwhile: what is fetched must not depend on it.
class GYRE_API HTTPClient {
public:
    HTTPClient();
    /// `max_clients` is of no meaning. A `resolver` in the options has to be of no other reactor.
    explicit HTTPClient(AsyncHTTPClientOptions options);
    HTTPClient(const HTTPClient&) = delete;
    HTTPClient& operator=(const HTTPClient&) = delete;
    ~HTTPClient();

    /// Fetches as `AsyncHTTPClient::fetch` does and returns the response, which tells failures by
    /// its `error`; one that nobody looks at is reported with `place`, in the log, by the time the
    /// client goes. Besides: `already_in_progress` within a callback of a request of this very
    /// client, which cannot wait for another one; `closed` after `close`.
    HTTPResponse fetch(std::string_view url,
                       std::source_location place = std::source_location::current());
    HTTPResponse fetch(HTTPRequest request,
                       std::source_location place = std::source_location::current());
    /// A request for `url` with the client's defaults, to be changed and fetched.
    HTTPRequest request(std::string_view url) const;

    /// Closes its connections. Within a callback of a request it cancels the fetch. (To destroy the
    /// client there ends the program with a message.)
    void close();

private:
    std::unique_ptr<detail::HTTPClientImpl> impl_;
};

}  // namespace gyre::http
