#include "cookie_matching.hpp"

#include "http1_chars.hpp"

#include <algorithm>
#include <memory>

#include <libpsl.h>

namespace gyre::http::detail {
namespace {

struct FreeList {
    void operator()(psl_ctx_t* list) const noexcept { psl_free(list); }
};

// The system's list if it is newer than the one that libpsl was built with. Without any list
// nothing counts as registrable, so that no cookie is shared between hosts.
const psl_ctx_t* public_suffixes() noexcept {
    static const std::unique_ptr<psl_ctx_t, FreeList> list{psl_latest(nullptr)};
    return list ? list.get() : psl_builtin();
}

bool is_number(std::string_view label) noexcept {
    if (label.starts_with("0x")) return true;
    return !label.empty() && skip_chars(label, 0, label.size(), decimal_digit) == label.size();
}

}  // namespace

std::string canonical_host(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string canonical{host};
    std::transform(canonical.begin(), canonical.end(), canonical.begin(), ascii_lower);
    return canonical;
}

bool is_ip_host(std::string_view host) noexcept {
    // WHATWG URL section 3.5, "ends in a number".
    return host.find(':') != std::string_view::npos || is_number(host.substr(host.rfind('.') + 1));
}

std::string_view registrable_domain(const std::string& host) noexcept {
    if (is_ip_host(host)) return {};
    const char* const domain = psl_registrable_domain(public_suffixes(), host.c_str());
    return domain ? std::string_view{domain} : std::string_view{};
}

std::string_view cookie_site(const std::string& host) noexcept {
    const std::string_view domain = registrable_domain(host);
    return domain.empty() ? std::string_view{host} : domain;
}

bool domain_matches(std::string_view host, std::string_view domain) noexcept {
    if (host == domain) return true;
    return host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.' && !is_ip_host(host);
}

bool path_matches(std::string_view path, std::string_view cookie_path) noexcept {
    if (!path.starts_with(cookie_path)) return false;
    return path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
           path[cookie_path.size()] == '/';
}

std::string_view default_path(std::string_view path) noexcept {
    const std::size_t slash = path.rfind('/');
    if (!path.starts_with('/') || slash == 0) return "/";
    return path.substr(0, slash);
}

}  // namespace gyre::http::detail
