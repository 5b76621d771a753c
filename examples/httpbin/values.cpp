#include "httpbin/base64.hpp"
#include "httpbin/hex.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <string>

// /uuid and /base64.
namespace httpbin {
namespace json = boost::json;
namespace {

// A random one: version 4 of RFC 9562, section 5.4.
std::string make_uuid() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error{"no random bytes"};
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text = to_hex(bytes);
    for (const std::size_t place : {8U, 13U, 18U, 23U})
        text.insert(place, 1, '-');
    return text;
}

void on_uuid(const HTTPServerRequest&, const HTTPServerResponse& response) {
    send_json(response, json::object{{"uuid", make_uuid()}});
}

// As plain text: as a page it would run any script that is in the link.
void on_base64(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto decoded = base64_decode(request.path_argument("value"));
    if (!decoded) return refuse(response, 400, "not base64; try R3lyZSB0dXJucy4=");
    response.set_header("Content-Type", "text/plain; charset=utf-8");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.finish(*decoded);
}

}  // namespace

void add_value_routes(const Site& site) {
    site.server.get("/uuid", &on_uuid);
    site.server.get("/base64/{value}", &on_base64);
}

}  // namespace httpbin
