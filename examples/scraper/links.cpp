#include "scraper/links.hpp"

#include <boost/url.hpp>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

namespace scraper {
namespace {

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool begins_escape(std::string_view text) {
    return text.size() > 2 && text.front() == '%' && is_hex(text[1]) && is_hex(text[2]);
}

// Where the path begins: an IPv6 address in front of it keeps its brackets.
std::size_t end_of_host(std::string_view href) {
    const std::size_t slashes = href.find("//");
    const bool has_host = slashes == 0 || (slashes < href.size() && href[slashes - 1] == ':');
    return has_host ? std::min(href.find_first_of("/?#", slashes + 2), href.size()) : 0;
}

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
    const std::size_t path = end_of_host(href);
    std::string url;
    for (std::size_t i = 0; i < href.size(); ++i) {
        const char c = href[i];
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\t' || c == '\r' || c == '\n') continue;
        const bool is_allowed = byte > ' ' && byte < 0x7f && refused.find(c) == refused.npos;
        const bool is_bracket = (c == '[' || c == ']') && i >= path;
        const bool is_lone_percent = c == '%' && !begins_escape(href.substr(i));
        if (is_allowed && !is_bracket && !is_lone_percent)
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
    url.set_path_absolute(true);
    return std::string{url.buffer()};
}

}  // namespace

std::vector<std::string> find_links(std::string_view html, std::string_view base) {
    std::vector<std::string> links;
    const auto page_url = boost::urls::parse_uri(base);
    if (!page_url) return links;
    boost::urls::url base_url{*page_url};
    if (const auto bases = find_hrefs(html, "base"); !bases.empty())
        if (const auto other = resolved(*page_url, cleaned(bases.front())))
            base_url = boost::urls::url{*other};
    std::unordered_set<std::string> seen;
    for (const std::string& href : find_hrefs(html, "a")) {
        auto link = resolved(base_url, cleaned(href));
        if (link && seen.insert(*link).second) links.push_back(std::move(*link));
    }
    return links;
}

}  // namespace scraper
