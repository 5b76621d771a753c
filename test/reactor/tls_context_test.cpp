#include "support/test_certificates.hpp"
#include <gyre/tls.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace gyre {
namespace {

using testing::HasSubstr;

class TLSContextTest : public testing::Test {
protected:
    TLSContextTest() {
        std::string pattern = testing::TempDir() + "gyre-tls-XXXXXX";
        folder = ::mkdtemp(pattern.data());
    }
    ~TLSContextTest() override { std::filesystem::remove_all(folder); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream{folder + '/' + name} << text;
        return folder + '/' + name;
    }

    static void expect_error(const TLSContextResult& result, Errc kind, const std::string& text) {
        EXPECT_EQ(result.error, kind) << result.error;
        EXPECT_THAT(result.error.message(), HasSubstr(text));
        EXPECT_FALSE(result.context);
    }
    static void expect_good(const TLSContextResult& result) {
        EXPECT_FALSE(result.error) << result.error;
        EXPECT_TRUE(result.context);
    }

    std::string folder;
    test::TestAuthority authority;
    test::TestCertificate good = authority.issue_for_localhost();
};

TEST_F(TLSContextTest, ADefaultClientIsLoadedOncePerProcess) {
    const TLSContextResult first = TLSContext::client();
    expect_good(first);
    EXPECT_EQ(first.context, TLSContext::client({}).context);
    EXPECT_NE(first.context, TLSContext::client({.alpn = {"h2"}}).context);
    EXPECT_NE(first.context, TLSContext{});
}

TEST_F(TLSContextTest, AServerFromTextAndFromFiles) {
    expect_good(TLSContext::server({.certificate = good.certificate, .key = good.key}));
    expect_good(TLSContext::server({.certificate_file = file("c.pem", good.certificate),
                                    .key_file = file("k.pem", good.key)}));
}

TEST_F(TLSContextTest, TheKeyMayLieBesideTheCertificate) {
    expect_good(
        TLSContext::server({.certificate_file = file("both.pem", good.certificate + good.key)}));
    expect_good(TLSContext::server({.certificate = good.key + good.certificate}));
}

TEST_F(TLSContextTest, AContextOutlivesItsFiles) {
    const std::string path = file("c.pem", good.certificate + good.key);
    const TLSContextResult result = TLSContext::server({.certificate_file = path});
    std::filesystem::remove(path);
    expect_good(result);
}

TEST_F(TLSContextTest, AServerNeedsACertificate) {
    expect_error(TLSContext::server({}), Errc::invalid_argument, "certificate_file");
}

TEST_F(TLSContextTest, AMissingFileIsNamed) {
    expect_error(TLSContext::server({.certificate_file = folder + "/none.pem"}), Errc::system,
                 "certificate_file " + folder + "/none.pem: No such file");
    expect_error(TLSContext::server({.certificate = good.certificate, .key_file = "/none.key"}),
                 Errc::system, "key_file /none.key");
    expect_error(TLSContext::client({.ca_file = "/none.ca"}), Errc::system, "ca_file /none.ca");
}

TEST_F(TLSContextTest, AFolderIsNoFile) {
    expect_error(TLSContext::client({.ca_file = folder}), Errc::system, "ca_file " + folder);
}

TEST_F(TLSContextTest, AnEmptyFileHoldsNoCertificate) {
    expect_error(TLSContext::client({.ca_file = file("empty.pem", "")}), Errc::tls_failed,
                 "empty.pem: there is no certificate in it");
    expect_error(
        TLSContext::server({.certificate_file = file("text.pem", "hello\n"), .key = good.key}),
        Errc::tls_failed, "text.pem: there is no certificate in it");
}

TEST_F(TLSContextTest, ADamagedCertificateIsNamed) {
    std::string damaged = good.certificate;
    damaged.replace(100, 10, "!!!!!!!!!!");
    expect_error(TLSContext::client({.ca_file = file("bad.pem", damaged)}), Errc::tls_failed,
                 "ca_file " + folder + "/bad.pem");
    // Also behind a good one: a bundle is taken whole or not at all.
    expect_error(TLSContext::client({.ca = good.certificate + damaged}), Errc::tls_failed, "ca:");
}

TEST_F(TLSContextTest, AMissingKey) {
    expect_error(TLSContext::server({.certificate_file = file("c.pem", good.certificate)}),
                 Errc::tls_failed, "c.pem: there is no private key in it");
}

TEST_F(TLSContextTest, AKeyOfAnotherCertificate) {
    const test::TestCertificate other = authority.issue_for_localhost();
    expect_error(TLSContext::server(
                     {.certificate = good.certificate, .key_file = file("other.key", other.key)}),
                 Errc::invalid_argument, "other.key does not match certificate");
}

TEST_F(TLSContextTest, AKeyWithoutACertificate) {
    expect_error(TLSContext::client({.key = good.key}), Errc::invalid_argument, "a key without");
}

TEST_F(TLSContextTest, FileAndTextContradictEachOther) {
    expect_error(TLSContext::client({.ca_file = "/a", .ca = "b"}), Errc::invalid_argument,
                 "both ca and ca_file");
}

TEST_F(TLSContextTest, AnEncryptedKeyNeedsItsPassphraseAndNeverAsksForIt) {
    const std::string locked = test::encrypt_key(good.key, "secret");
    expect_good(TLSContext::server(
        {.certificate = good.certificate, .key = locked, .key_passphrase = "secret"}));
    expect_error(TLSContext::server({.certificate = good.certificate, .key = locked}),
                 Errc::tls_failed, "key:");
    expect_error(TLSContext::server(
                     {.certificate = good.certificate, .key = locked, .key_passphrase = "wrong"}),
                 Errc::tls_failed, "key:");
}

TEST_F(TLSContextTest, CipherNames) {
    expect_good(TLSContext::client({.ciphers = "ECDHE-RSA-AES128-GCM-SHA256"}));
    expect_good(TLSContext::client({.ciphers = "TLS_AES_128_GCM_SHA256"}));
    expect_good(TLSContext::client({.ciphers = "HIGH:!aNULL:@STRENGTH:TLS_AES_128_GCM_SHA256"}));
    for (const char* bad : {"NO-SUCH-SUITE", "HIGH:NO-SUCH-SUITE", "TLS_NO_SUCH", "HIGH::HIGH"})
        expect_error(TLSContext::client({.ciphers = bad}), Errc::invalid_argument, "ciphers");
    expect_error(TLSContext::client({.ciphers = "HIGH:ROT13"}), Errc::invalid_argument, "ROT13");
}

TEST_F(TLSContextTest, ProtocolNames) {
    expect_good(TLSContext::client({.alpn = {"h2", "http/1.1", std::string(255, 'x')}}));
    expect_error(TLSContext::client({.alpn = {""}}), Errc::invalid_argument, "alpn");
    expect_error(TLSContext::client({.alpn = {std::string(256, 'x')}}), Errc::invalid_argument,
                 "alpn");
    const std::vector<std::string> many(256, std::string(255, 'x'));
    expect_error(TLSContext::client({.alpn = many}), Errc::invalid_argument, "alpn");
}

TEST_F(TLSContextTest, AServerThatVerifiesSaysWhom) {
    TLSOptions options{
        .certificate = good.certificate, .key = good.key, .verify_peer = TLSVerify::require};
    expect_error(TLSContext::server(options), Errc::invalid_argument, "ca_file");
    options.ca = authority.certificate();
    expect_good(TLSContext::server(options));
}

TEST_F(TLSContextTest, AKeyLogThatCannotBeWritten) {
    expect_error(TLSContext::client({.key_log_file = "/none/keys.log"}), Errc::system,
                 "key_log_file /none/keys.log");
}

}  // namespace
}  // namespace gyre
