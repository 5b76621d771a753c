#include "httpbin/hex.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// /upload counts and hashes a body of any size as it arrives; nothing of it is kept.
namespace httpbin {
namespace json = boost::json;
namespace {

class Digest {
public:
    Digest() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

    void add(std::string_view data) {
        EVP_DigestUpdate(context_.get(), data.data(), data.size());
        bytes_ += data.size();
    }

    json::object result() const {
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), hash.data(), &size);
        return {{"bytes", bytes_}, {"sha256", to_hex(hash, size)}};
    }

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
    std::uint64_t bytes_ = 0;
};

void on_upload(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto digest = std::make_shared<Digest>();
    request.on_data([digest](std::string_view data) { digest->add(data); });
    request.on_finish([digest, response](const gyre::Error& error) {
        if (!error) send_json(response, digest->result());  // else the server has answered
    });
}

}  // namespace

void add_upload_routes(const Site& site) {
    for (const char* method : {"POST", "PUT"})
        site.server.stream(method, "/upload", &on_upload);
}

}  // namespace httpbin
