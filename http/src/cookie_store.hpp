#pragma once

#include "cookie_matching.hpp"
#include <gyre/http/cookie_jar.hpp>
#include <gyre/http/stored_cookie.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// What a jar holds: the storage model of RFC 6265 section 5.3 and the retrieval of section 5.4,
/// with the changes of draft RFC 6265bis. Without I/O and without a clock.
///
/// Cookies lie in a tree by the registrable domain of their host, so that a request looks at those
/// of one owner only, of which there are at most `max_per_site`.
class CookieStore {
public:
    using Time = std::chrono::sys_seconds;

    // Browsers' numbers; RFC 6265 section 6.1 asks for at least 50 a domain and 3000 in all.
    static constexpr std::size_t max_per_site = 180;
    static constexpr std::size_t max_cookies = 3300;
    // With more than max_cookies, so many stay: thrown out in bulk, they cost little each.
    static constexpr std::size_t kept_cookies = 3000;
    // What is sent at most, since servers refuse more: a field of 8 KB, 100 cookies.
    static constexpr std::size_t max_header_size = 8000;
    static constexpr std::size_t max_sent = 100;

    /// The value of the Cookie field of a request, which may be sent as it is; empty: no such
    /// field.
    [[nodiscard]] std::string cookie_header(const CookieOrigin& origin, Time now);
    /// Takes the value of one Set-Cookie field of a response. Returns why the cookie was refused,
    /// for people, or nothing; the text lives for ever.
    std::string_view set_from(const CookieOrigin& origin, std::string_view set_cookie_value,
                              Time now);

    /// Puts in a cookie that was accepted without an origin; one that is over takes out its
    /// namesake.
    void put(StoredCookie cookie, Time now);
    /// Oldest first.
    [[nodiscard]] std::vector<StoredCookie> all(Time now);
    /// In the order in which they are sent.
    [[nodiscard]] std::vector<StoredCookie> for_origin(const CookieOrigin& origin, Time now);
    std::size_t remove(std::string_view domain, std::string_view path, std::string_view name);
    void clear() noexcept;
    void clear_session_cookies();
    [[nodiscard]] std::size_t size(Time now);

private:
    struct Entry {
        StoredCookie cookie;
        std::uint64_t created = 0;  // these two count events, as times may be equal
        std::uint64_t accessed = 0;
    };
    using Site = std::vector<Entry>;

    std::vector<Entry*> find(const CookieOrigin& origin, Time now);
    void put_into(std::string_view site, StoredCookie cookie, Time now);
    bool would_touch_secure(std::string_view site, const StoredCookie& cookie, Time now) const;
    void limit_site(Site& site);
    void limit_all(Time now);
    template <class Predicate>
    std::size_t erase_if(const Predicate& predicate);

    std::map<std::string, Site, std::less<>> sites_;
    std::size_t size_ = 0;
    std::uint64_t events_ = 0;
};

/// Reaches from the jar of a request to what it holds.
class CookieJarAccess {
public:
    static CookieStore& store(const CookieJar& jar) noexcept { return *jar.store_; }
};

}  // namespace gyre::http::detail
