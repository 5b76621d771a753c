#include "proxy_authenticator.hpp"

#include "client_basic_auth.hpp"
#include "proxy_settings.hpp"

#include <utility>

namespace gyre::http::detail {
namespace {

class BasicAuthenticator final : public ProxyAuthenticator {
public:
    explicit BasicAuthenticator(std::string value) : value_(std::move(value)) {}

    std::string authorization(std::string_view, std::string_view) override { return value_; }
    bool on_challenge(std::span<const std::string_view>) override { return false; }

private:
    std::string value_;
};

}  // namespace

std::string proxy_authorization(const ProxySettings& proxy) {
    if (proxy.username.empty() || proxy.auth_mode != AuthMode::basic) return {};
    return basic_credentials(proxy.username, proxy.password);
}

std::shared_ptr<ProxyAuthenticator> make_proxy_authenticator(const ProxySettings& proxy) {
    return std::make_shared<BasicAuthenticator>(proxy_authorization(proxy));
}

}  // namespace gyre::http::detail
