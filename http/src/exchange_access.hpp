#pragma once

#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

namespace gyre::http::detail {

class Exchange;

/// What helpers on top of the handles reach through them; null for one that refers to nothing.
class ExchangeAccess {
public:
    static Exchange* exchange(const HTTPServerRequest& request) noexcept {
        return request.exchange_;
    }
    static Exchange* exchange(const HTTPServerResponse& response) noexcept {
        return response.exchange_;
    }
};

}  // namespace gyre::http::detail
