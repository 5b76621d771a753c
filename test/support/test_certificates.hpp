#pragma once

#include <string>
#include <vector>

namespace gyre::test {

/// A certificate and its private key, both PEM text.
struct TestCertificate {
    std::string certificate;
    std::string key;
};

/// What a certificate says. Days count from now.
struct TestCertificateOptions {
    std::string common_name = "test";
    std::vector<std::string> dns_names{};
    std::vector<std::string> ip_addresses{};
    int valid_from_days = -1;
    int valid_until_days = 30;
    bool for_clients = false;  ///< Extended key usage: clientAuth in place of serverAuth.
};

/// A certificate authority that exists for one test run. Keys are P-256.
class TestAuthority {
public:
    explicit TestAuthority(const std::string& name = "test authority");

    const std::string& certificate() const { return self_.certificate; }
    TestCertificate issue(const TestCertificateOptions& options) const;
    /// For "localhost" and 127.0.0.1.
    TestCertificate issue_for_localhost() const;

private:
    TestCertificate self_;
};

/// A certificate that vouches for itself.
TestCertificate make_self_signed(const TestCertificateOptions& options);

/// The key, encrypted with a passphrase.
std::string encrypt_key(const std::string& key, const std::string& passphrase);

}  // namespace gyre::test
