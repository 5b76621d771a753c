#include "cookie_acceptance.hpp"
#include "cookie_store.hpp"
#include "set_cookie.hpp"
#include "url.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/cookie_jar.hpp>

#include <chrono>
#include <utility>

namespace gyre::http {
namespace {

detail::CookieStore::Time time_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

detail::CookieOrigin origin_of(const detail::Url& url) {
    return {.secure = url.is_secure(), .host = url.host, .path = url.path()};
}

Error refused(std::string_view name, std::string_view why) {
    return {Errc::invalid_argument,
            "the cookie " + std::string{name} + " is refused: " + std::string{why}};
}

}  // namespace

CookieJar::CookieJar() : store_(std::make_shared<detail::CookieStore>()) {}

Error CookieJar::set(std::string_view url, const Cookie& cookie) const {
    const detail::UrlResult parsed = detail::parse_url(url);
    if (!parsed) return {Errc::bad_url, parsed.error};
    if (std::string fault = detail::check_cookie(cookie); !fault.empty())
        return {Errc::invalid_argument, std::move(fault)};
    const std::string_view refusal =
        store_->set_from(origin_of(*parsed.url), detail::set_cookie_value(cookie), time_now());
    return refusal.empty() ? Error{} : refused(cookie.name, refusal);
}

Error CookieJar::add(const StoredCookie& cookie) const {
    const auto now = time_now();
    detail::AcceptedCookie accepted = detail::accept_cookie(cookie, now);
    if (!accepted.refusal.empty())
        return {Errc::invalid_argument, "the cookie is refused: " + std::string{accepted.refusal}};
    store_->put(std::move(accepted.cookie), now);
    return {};
}

std::vector<StoredCookie> CookieJar::cookies() const { return store_->all(time_now()); }

std::vector<StoredCookie> CookieJar::cookies_for(std::string_view url) const {
    const detail::UrlResult parsed = detail::parse_url(url);
    if (!parsed) return {};
    return store_->for_origin(origin_of(*parsed.url), time_now());
}

std::size_t CookieJar::size() const { return store_->size(time_now()); }

std::size_t CookieJar::remove(std::string_view domain, std::string_view path,
                              std::string_view name) const {
    return store_->remove(domain, path, name);
}

void CookieJar::clear() const { store_->clear(); }

void CookieJar::clear_session_cookies() const { store_->clear_session_cookies(); }

}  // namespace gyre::http
