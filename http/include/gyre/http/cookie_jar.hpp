#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/cookie.hpp>
#include <gyre/http/stored_cookie.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

namespace detail {
class CookieStore;
class CookieJarAccess;
}  // namespace detail

/// What `CookieJar::save` writes.
struct CookieSaveOptions {
    bool session_cookies = false;  ///< Also the cookies that end with the session.
};

/// The cookies of a client (RFC 6265 and draft RFC 6265bis): what servers set is kept, and sent to
/// those who may have it. `HTTPRequest::cookie_jar = jar` is all it takes; redirects read and write
/// it as well.
///
/// As in browsers: no cookie is shared within a public suffix ("co.uk", "github.io"), and http
/// neither gets nor replaces a cookie that is `secure`; http to this host itself is no exception.
/// Kept are 180 cookies for each registrable domain and 3000 in all; of more, those go that are
/// over, then those that are not `secure`, then those used least recently. A request gets at most
/// 100 of them and 8000 bytes, those with the longest path first.
///
/// A reference: copies, moved-from ones too, share one jar. For use on one thread at a time, and
/// that is the reactor's while a fetch has it.
class GYRE_API CookieJar {
public:
    /// A new, empty jar.
    CookieJar();
    CookieJar(const CookieJar&) = default;
    CookieJar& operator=(const CookieJar&) = default;
    ~CookieJar() = default;

    /// Sets a cookie as if a response from `url` had done so; `max_age` 0 removes it. Errors:
    /// `bad_url`; `invalid_argument` if the cookie is malformed or `url` may not set it.
    Error set(std::string_view url, const Cookie& cookie) const;
    /// Puts in a cookie as `cookies` gave it, in place of one of the same name, domain, path and
    /// `host_only`. One whose domain nobody may share (an IP address, a public suffix) becomes
    /// `host_only`; one that is over only takes the other out. Errors: `invalid_argument`.
    Error add(const StoredCookie& cookie) const;

    /// All cookies that are not over, those set first first; one that is set anew keeps its place.
    std::vector<StoredCookie> cookies() const;
    /// Those that a request for `url` gets, as they are sent: longer paths first, then those set
    /// first; but without the limit on a request. None if the URL is a bad one.
    std::vector<StoredCookie> cookies_for(std::string_view url) const;
    /// How many cookies are not over.
    std::size_t size() const;
    bool empty() const { return size() == 0; }

    /// Takes out the cookies of exactly this domain, path and name (Python's
    /// `CookieJar.clear(domain, path, name)`), and returns how many there were.
    std::size_t remove(std::string_view domain, std::string_view path, std::string_view name) const;
    /// Takes out all cookies.
    void clear() const;
    /// Takes out the cookies without `expires`, as a browser does that is started again.
    void clear_session_cookies() const;

    /// Adds the cookies of a file in the format of Netscape's cookies.txt, as curl's `--cookie-jar`
    /// and Python's `MozillaCookieJar` write it. Those that are over are left out, 0 and nothing
    /// as the time of the end are a session cookie. Reads at once, on this thread.
    ///
    /// After an error nothing has been added. Errors: those of `File::open`, as `system` with the
    /// code ENOENT if there is no such file; `limit_exceeded` above 32 MB; `truncated` if it cannot
    /// be read to its end; `invalid_argument` with the number of the line that is no cookie, or not
    /// one that a jar may have.
    Error load(const std::string& path) const;
    /// Writes the cookies to a file that `load`, curl and Python read. The format does not know
    /// `same_site`. The file is made anew, for its owner only (mode 0600), and takes the place of
    /// an older one, or of a symbolic link, in one step: there is never half a file. Writes at
    /// once, on this thread, and waits for the disk. Errors: the system's, and then the older file
    /// is still there.
    Error save(const std::string& path, const CookieSaveOptions& options = {}) const;

private:
    friend class detail::CookieJarAccess;
    std::shared_ptr<detail::CookieStore> store_;
};

}  // namespace gyre::http
