#include "cookie_store.hpp"

#include "cookie_acceptance.hpp"
#include "set_cookie_parser.hpp"

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

bool is_over(const StoredCookie& cookie, CookieStore::Time now) noexcept {
    return cookie.expires && *cookie.expires <= now;
}

// RFC 6265bis section 5.7, step 23.
bool is_same(const StoredCookie& left, const StoredCookie& right) noexcept {
    return left.name == right.name && left.domain == right.domain &&
           left.host_only == right.host_only && left.path == right.path;
}

bool is_for(const StoredCookie& cookie, bool secure, std::string_view host,
            std::string_view path) noexcept {
    if (cookie.secure && !secure) return false;
    const bool matches =
        cookie.host_only ? host == cookie.domain : domain_matches(host, cookie.domain);
    return matches && path_matches(path, cookie.path);
}

// Who has to go first: cookies that are not secure, so that no insecure origin drives out a secure
// cookie; then those that were used least recently. RFC 6265bis section 5.7.
template <class Entry>
std::pair<bool, std::uint64_t> worth(const Entry& entry) noexcept {
    return {entry.cookie.secure, entry.accessed};
}

}  // namespace

std::vector<CookieStore::Entry*> CookieStore::find(const CookieOrigin& origin, Time now) {
    const std::string host = canonical_host(origin.host);
    const std::string_view path = origin.path.empty() ? "/" : origin.path;
    std::vector<Entry*> found;
    const auto site = sites_.find(cookie_site(host));
    if (site == sites_.end()) return found;
    for (Entry& entry : site->second)
        if (!is_over(entry.cookie, now) && is_for(entry.cookie, origin.secure, host, path))
            found.push_back(&entry);
    // RFC 6265 section 5.4, step 2.
    std::sort(found.begin(), found.end(), [](const Entry* left, const Entry* right) {
        const std::size_t left_size = left->cookie.path.size();
        const std::size_t right_size = right->cookie.path.size();
        return left_size != right_size ? left_size > right_size : left->created < right->created;
    });
    return found;
}

std::string CookieStore::cookie_header(const CookieOrigin& origin, Time now) {
    std::string header;
    std::size_t sent = 0;
    for (Entry* const entry : find(origin, now)) {
        const StoredCookie& cookie = entry->cookie;
        // With "; " and "=".
        const std::size_t size = cookie.name.size() + cookie.value.size() + 3;
        if (++sent > max_sent || header.size() + size > max_header_size) break;
        entry->accessed = ++events_;
        if (!header.empty()) header.append("; ");
        if (!cookie.name.empty()) header.append(cookie.name).append("=");
        header.append(cookie.value);
    }
    return header;
}

std::string_view CookieStore::set_from(const CookieOrigin& origin,
                                       std::string_view set_cookie_value, Time now) {
    const SetCookieResult parsed = parse_set_cookie(set_cookie_value, now);
    if (!parsed.refusal.empty()) return parsed.refusal;
    const std::string host = canonical_host(origin.host);
    AcceptedCookie accepted = accept_cookie(origin, host, parsed.fields);
    if (!accepted.refusal.empty()) return accepted.refusal;
    const std::string_view site = cookie_site(host);
    if (!origin.secure && would_touch_secure(site, accepted.cookie, now))
        return "it would take the place of a secure cookie";
    put_into(site, std::move(accepted.cookie), now);
    return {};
}

// RFC 6265bis section 5.7, step 18.
bool CookieStore::would_touch_secure(std::string_view site, const StoredCookie& cookie,
                                     Time now) const {
    const auto found = sites_.find(site);
    if (found == sites_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const Entry& entry) {
        const StoredCookie& other = entry.cookie;
        return other.secure && !is_over(other, now) && other.name == cookie.name &&
               (domain_matches(other.domain, cookie.domain) ||
                domain_matches(cookie.domain, other.domain)) &&
               path_matches(cookie.path, other.path);
    });
}

void CookieStore::put(StoredCookie cookie, Time now) {
    const std::string domain = cookie.domain;
    put_into(cookie_site(domain), std::move(cookie), now);
}

void CookieStore::put_into(std::string_view site, StoredCookie cookie, Time now) {
    const auto found = sites_.find(site);
    Site& entries =
        found != sites_.end() ? found->second : sites_.try_emplace(std::string{site}).first->second;
    size_ -= std::erase_if(entries, [&](const Entry& entry) {
        return is_over(entry.cookie, now) && !is_same(entry.cookie, cookie);
    });
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
        return is_same(entry.cookie, cookie);
    });
    ++events_;
    if (same == entries.end()) {
        if (!is_over(cookie, now)) {
            entries.push_back({std::move(cookie), events_, events_});
            ++size_;
        }
    } else if (is_over(cookie, now)) {
        entries.erase(same);
        --size_;
    } else {
        // It keeps its place in the order (RFC 6265 section 5.3, step 11.3), unless it was over.
        if (is_over(same->cookie, now)) same->created = events_;
        same->cookie = std::move(cookie);
        same->accessed = events_;
    }
    limit_site(entries);
    if (entries.empty()) sites_.erase(sites_.find(site));
    limit_all(now);
}

void CookieStore::limit_site(Site& site) {
    if (site.size() <= max_per_site) return;
    site.erase(std::min_element(
        site.begin(), site.end(),
        [](const Entry& left, const Entry& right) { return worth(left) < worth(right); }));
    --size_;
}

void CookieStore::limit_all(Time now) {
    if (size_ <= max_cookies) return;
    erase_if([now](const Entry& entry) { return is_over(entry.cookie, now); });
    if (size_ <= kept_cookies) return;
    std::vector<std::pair<bool, std::uint64_t>> worths;
    worths.reserve(size_);
    for (const auto& [name, site] : sites_)
        for (const Entry& entry : site)
            worths.push_back(worth(entry));
    const auto cut = worths.end() - static_cast<std::ptrdiff_t>(kept_cookies);
    std::nth_element(worths.begin(), cut, worths.end());
    erase_if([least = *cut](const Entry& entry) { return worth(entry) < least; });
}

template <class Predicate>
std::size_t CookieStore::erase_if(const Predicate& predicate) {
    std::size_t erased = 0;
    for (auto& [name, site] : sites_)
        erased += std::erase_if(site, predicate);
    std::erase_if(sites_, [](const auto& named) { return named.second.empty(); });
    size_ -= erased;
    return erased;
}

std::vector<StoredCookie> CookieStore::all(Time now) {
    std::vector<const Entry*> entries;
    for (const auto& [name, site] : sites_)
        for (const Entry& entry : site)
            if (!is_over(entry.cookie, now)) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const Entry* left, const Entry* right) { return left->created < right->created; });
    std::vector<StoredCookie> cookies;
    cookies.reserve(entries.size());
    for (const Entry* const entry : entries)
        cookies.push_back(entry->cookie);
    return cookies;
}

std::vector<StoredCookie> CookieStore::for_origin(const CookieOrigin& origin, Time now) {
    std::vector<StoredCookie> cookies;
    for (const Entry* const entry : find(origin, now))
        cookies.push_back(entry->cookie);
    return cookies;
}

std::size_t CookieStore::remove(std::string_view domain, std::string_view path,
                                std::string_view name) {
    const std::string host = canonical_host(domain.substr(domain.starts_with('.') ? 1 : 0));
    return erase_if([&](const Entry& entry) {
        const StoredCookie& cookie = entry.cookie;
        return cookie.domain == host && cookie.path == path && cookie.name == name;
    });
}

void CookieStore::clear() noexcept {
    sites_.clear();
    size_ = 0;
}

void CookieStore::clear_session_cookies() {
    erase_if([](const Entry& entry) { return !entry.cookie.expires; });
}

std::size_t CookieStore::size(Time now) {
    erase_if([now](const Entry& entry) { return is_over(entry.cookie, now); });
    return size_;
}

}  // namespace gyre::http::detail
