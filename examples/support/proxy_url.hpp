#pragma once

#include <gyre/http/http_request.hpp>

#include <string_view>

namespace example {

/// Makes the request go through the proxy at `url`: http://[USER:PASSWORD@]HOST:PORT, or socks5 or
/// socks5h in place of http; an IPv6 address stands in brackets, and what is special in the name or
/// the password is percent-encoded. False, and nothing changed, if `url` is anything else.
[[nodiscard]] bool set_proxy(gyre::http::HTTPRequest& request, std::string_view url);

}  // namespace example
