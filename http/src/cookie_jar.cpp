#include "cookie_acceptance.hpp"
#include "cookie_file.hpp"
#include "cookie_store.hpp"
#include "replace_file.hpp"
#include "set_cookie.hpp"
#include "url.hpp"
#include <gyre/error_access.hpp>
#include <gyre/file.hpp>
#include <gyre/http/cookie_jar.hpp>
#include <gyre/limits.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace gyre::http {
namespace {

// Several times what a full jar of large cookies makes.
constexpr std::uint64_t max_file_size = 32 * 1024 * 1024;

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
    if (!parsed.url) return {Errc::bad_url, parsed.error};
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
    if (!parsed.url) return {};
    return store_->for_origin(origin_of(*parsed.url), time_now());
}

std::size_t CookieJar::size() const { return store_->size(time_now()); }

std::size_t CookieJar::remove(std::string_view domain, std::string_view path,
                              std::string_view name) const {
    return store_->remove(domain, path, name);
}

void CookieJar::clear() const { store_->clear(); }

void CookieJar::clear_session_cookies() const { store_->clear_session_cookies(); }

Error CookieJar::load(const std::string& path) const {
    FileResult opened = File::open(path);
    if (gyre::detail::ErrorAccess::failed(opened.error)) return std::move(opened.error);
    if (opened.file.size() > max_file_size)
        return {Errc::limit_exceeded, path + ": the file has more than 32 MB"};
    const auto range = gyre::detail::FileRange::of(opened.file, 0, unlimited);
    const std::optional<std::string> text = range ? range->read() : std::nullopt;
    if (!text) return {Errc::truncated, path + ": the file cannot be read"};
    const auto now = time_now();
    detail::CookieFileResult result = detail::parse_cookie_file(*text, now);
    if (!result.error.empty()) return {Errc::invalid_argument, path + ": " + result.error};
    for (StoredCookie& cookie : result.cookies)
        store_->put(std::move(cookie), now);
    return {};
}

Error CookieJar::save(const std::string& path, const CookieSaveOptions& options) const {
    return detail::replace_file(path,
                                detail::format_cookie_file(cookies(), options.session_cookies));
}

}  // namespace gyre::http
