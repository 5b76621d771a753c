#include "client_cookies.hpp"

#include "cookie_store.hpp"
#include "field_rules.hpp"

#include <chrono>

namespace gyre::http::detail {
namespace {

CookieOrigin origin_of(const ClientHop& hop) {
    return {.secure = hop.url.is_secure(), .host = hop.url.host, .path = hop.url.path()};
}

CookieStore::Time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

std::string cookies_for(const CookieJar& jar, const ClientHop& hop) {
    std::string all{hop.headers.get("Cookie", "")};
    const std::string kept = CookieJarAccess::store(jar).cookie_header(origin_of(hop), now());
    if (!all.empty() && !kept.empty()) all += "; ";
    return all += kept;
}

void take_cookies(const CookieJar& jar, const ClientHop& hop, const MessageHead& head) {
    for (const Field& field : head.fields)
        if (iequals(field.name, "Set-Cookie"))
            CookieJarAccess::store(jar).set_from(origin_of(hop), field.value, now());
}

}  // namespace gyre::http::detail
