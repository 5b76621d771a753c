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
    std::string all;
    const auto add = [&all](std::string_view cookies) {
        if (!all.empty() && !cookies.empty()) all += "; ";
        all += cookies;
    };
    for (const std::string_view own : hop.headers.get_list("Cookie"))
        add(own);
    add(CookieJarAccess::store(jar).cookie_header(origin_of(hop), now()));
    return all;
}

void take_cookies(const CookieJar& jar, const ClientHop& hop, const MessageHead& head) {
    for (const Field& field : head.fields)
        if (iequals(field.name, "Set-Cookie"))
            CookieJarAccess::store(jar).set_from(origin_of(hop), field.value, now());
}

}  // namespace gyre::http::detail
