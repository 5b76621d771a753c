#include "scraper/links.hpp"

#include <boost/url.hpp>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

namespace scraper {
namespace {

// As a browser reads an href: no space around it, no line ends in it, and what a URL may not have
// is escaped.
std::string cleaned(std::string_view href) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view refused = "\"<>\\^`{|}";
    const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!href.empty() && is_space(href.front()))
        href.remove_prefix(1);
    while (!href.empty() && is_space(href.back()))
        href.remove_suffix(1);
    std::string url;
    for (const char c : href) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\t' || c == '\r' || c == '\n') continue;
        if (byte > ' ' && byte < 0x7f && refused.find(c) == std::string_view::npos)
            url += c;
        else
            (url += '%').append({digits[byte >> 4], digits[byte & 15]});
    }
    return url;
}

std::optional<std::string> resolved(const boost::urls::url_view& base, std::string_view href) {
    const auto reference = boost::urls::parse_uri_reference(href);
    boost::urls::url url;
    if (!reference || !boost::urls::resolve(base, *reference, url)) return std::nullopt;
    url.remove_fragment();
    url.normalize_scheme();
    url.normalize_authority();
    const bool is_http = url.scheme() == "http" || url.scheme() == "https";
    if (!is_http || url.host().empty()) return std::nullopt;
    if (url.path().empty()) url.set_path("/");
    return std::string{url.buffer()};
}

}  // namespace

std::vector<std::string> find_links(std::string_view html, std::string_view base) {
    std::vector<std::string> links;
    const auto base_url = boost::urls::parse_uri(base);
    if (!base_url) return links;
    std::unordered_set<std::string> seen;
    for (const std::string& href : find_hrefs(html)) {
        auto link = resolved(*base_url, cleaned(href));
        if (link && seen.insert(*link).second) links.push_back(std::move(*link));
    }
    return links;
}

}  // namespace scraper
