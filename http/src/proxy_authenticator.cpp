#include "proxy_authenticator.hpp"

#include "base64.hpp"
#include "client_credentials.hpp"
#include "digest_auth.hpp"
#include "proxy_settings.hpp"
#include <gyre/random.hpp>

#include <array>
#include <cstddef>
#include <optional>
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

class DigestAuthenticator final : public ProxyAuthenticator {
public:
    DigestAuthenticator(const ProxySettings& proxy, gyre::detail::ReactorRef reactor)
        : username_(proxy.username), password_(proxy.password), reactor_(std::move(reactor)) {}

    std::string authorization(std::string_view method, std::string_view uri) override {
        if (!digest_) return {};
        used_ = true;
        return digest_->authorization(method, uri, username_, password_, make_cnonce());
    }

    bool on_challenge(std::span<const std::string_view> challenges) override {
        auto next = DigestAuth::from(challenges);
        const bool refused = used_ && next && !next->stale();
        if (!next || refused || ++challenges_ > max_challenges) return false;
        digest_ = std::move(next);
        return true;
    }

private:
    // A proxy for which every answer is stale is not asked for ever.
    static constexpr int max_challenges = 8;

    std::string make_cnonce() const {
        std::array<std::byte, 18> bytes{};
        reactor_.random().fill(bytes);
        return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    std::string username_;
    std::string password_;
    gyre::detail::ReactorRef reactor_;
    std::optional<DigestAuth> digest_;
    int challenges_ = 0;
    bool used_ = false;
};

}  // namespace

std::string proxy_authorization(const ProxySettings& proxy) {
    if (proxy.username.empty() || proxy.auth_mode != AuthMode::basic) return {};
    return basic_credentials(proxy.username, proxy.password);
}

std::shared_ptr<ProxyAuthenticator> make_proxy_authenticator(
    const ProxySettings& proxy, const gyre::detail::ReactorRef& reactor) {
    if (proxy.auth_mode == AuthMode::digest && !proxy.username.empty())
        return std::make_shared<DigestAuthenticator>(proxy, reactor);
    return std::make_shared<BasicAuthenticator>(proxy_authorization(proxy));
}

}  // namespace gyre::http::detail
