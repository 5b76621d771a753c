#include "authenticator.hpp"

#include "base64.hpp"
#include "client_credentials.hpp"
#include "digest_auth.hpp"
#include <gyre/random.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace gyre::http::detail {
namespace {

class BasicAuthenticator final : public Authenticator {
public:
    explicit BasicAuthenticator(std::string value) : value_(std::move(value)) {}

    std::string authorization(std::string_view, std::string_view) override { return value_; }
    bool on_challenge(std::span<const std::string_view>) override { return false; }

private:
    std::string value_;
};

class DigestAuthenticator final : public Authenticator {
public:
    DigestAuthenticator(std::string username, std::string password,
                        gyre::detail::ReactorRef reactor)
        : username_(std::move(username)),
          password_(std::move(password)),
          reactor_(std::move(reactor)) {}

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

    void on_info(std::string_view value) override {
        if (digest_) digest_->on_authentication_info(value);
    }

private:
    // A server for which every answer is stale is not asked for ever.
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

std::shared_ptr<Authenticator> make_authenticator(AuthMode mode, std::string username,
                                                  std::string password,
                                                  const gyre::detail::ReactorRef& reactor) {
    if (username.empty() && password.empty()) return std::make_shared<BasicAuthenticator>(std::string{});
    if (mode == AuthMode::digest)
        return std::make_shared<DigestAuthenticator>(std::move(username), std::move(password),
                                                     reactor);
    return std::make_shared<BasicAuthenticator>(basic_credentials(username, password));
}

}  // namespace gyre::http::detail
