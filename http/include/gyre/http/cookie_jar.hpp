#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class CookieStore;
}

/// The cookies of a client (RFC 6265): what servers set is kept, and sent to those who may have it.
/// `HTTPRequest::cookie_jar = jar` is all it takes; redirects read and write it as well.
///
/// A reference: copies share one jar. For use on one thread at a time.
class GYRE_API CookieJar {
public:
    /// A new, empty jar.
    CookieJar();

private:
    std::shared_ptr<detail::CookieStore> store_;
};

}  // namespace gyre::http
