#include "redirect_target.hpp"

#include "field_rules.hpp"
#include "percent.hpp"
#include "url.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace gyre::http::detail {
namespace {

RedirectTarget refused(std::string_view why) {
    return {{},
            "redirect_to_origin: " + std::string{why} +
                "; redirect_offsite is for other servers, never for what a client chose"};
}

bool is_control(char byte) noexcept {
    const auto code = static_cast<unsigned char>(byte);
    return code < 0x20 || code == 0x7f;
}

bool is_slash(char byte) noexcept { return byte == '/' || byte == '\\'; }

bool is_letter(char byte) noexcept { return to_lower(byte) >= 'a' && to_lower(byte) <= 'z'; }

// WHATWG URL 4.4, scheme state.
bool has_scheme(std::string_view url) noexcept {
    if (url.empty() || !is_letter(url.front())) return false;
    const auto end = std::find_if_not(url.begin(), url.end(), [](char byte) {
        return is_letter(byte) || is_char(byte, decimal_digit) || byte == '+' || byte == '-' ||
               byte == '.';
    });
    return end != url.end() && *end == ':';
}

// A '%' that begins no escape stands for itself: what a user typed stays what it was.
std::string escape_lone_percents(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] == '%' && !is_percent_encoded(text.substr(i, 3))) out += "25";
    }
    return out;
}

// Path, query and fragment, each with its own characters encoded.
std::string encode_reference(std::string_view url) {
    const std::string text = escape_lone_percents(url);
    const std::string_view all = text;
    const std::size_t hash = std::min(all.find('#'), all.size());
    const std::size_t mark = std::min(all.substr(0, hash).find('?'), hash);
    std::string out = percent_encode_path(all.substr(0, mark));
    if (mark < hash) out += '?' + percent_encode_query(all.substr(mark + 1, hash - mark - 1));
    if (hash < all.size()) out += '#' + percent_encode_query(all.substr(hash + 1));
    return out;
}

std::string location_of(Url url) {
    // The URL keeps its fragment as it came.
    if (url.fragment) url.fragment = percent_encode_query(escape_lone_percents(*url.fragment));
    return url.to_string();
}

RedirectTarget absolute(std::string_view text, bool secure, std::string_view host) {
    UrlResult parsed = parse_url(escape_lone_percents(text));
    if (!parsed.url) return refused(parsed.error);
    if (!is_host(host)) return refused("the request names no host");
    const UrlResult own = parse_url((secure ? "https://" : "http://") + std::string{host});
    if (!own.url || !same_origin(*parsed.url, *own.url))
        return refused("the URL is not of the origin that the request was sent to");
    if (parsed.url->has_userinfo) return refused("the URL has user information");
    return {location_of(*std::move(parsed.url)), {}};
}

}  // namespace

RedirectTarget redirect_to_origin(std::string_view url, bool secure, std::string_view host) {
    if (url.empty()) return refused("the URL is empty");
    if (std::any_of(url.begin(), url.end(), is_control))
        return refused("the URL has a control byte");
    if (url.front() == ' ') return refused("the URL begins with a blank");
    if (url.front() == '\\' || (url.size() > 1 && is_slash(url[0]) && is_slash(url[1])))
        return refused("the URL begins as one that names another host");
    if (has_scheme(url)) return absolute(url, secure, host);
    return {encode_reference(url), {}};
}

RedirectTarget redirect_to_offsite(std::string_view url) {
    UrlResult parsed = parse_url(escape_lone_percents(url));
    if (!parsed.url) return {{}, "redirect_offsite: " + parsed.error};
    if (parsed.url->scheme != "http" && parsed.url->scheme != "https")
        return {{}, "redirect_offsite: the URL is neither http nor https"};
    if (parsed.url->has_userinfo) return {{}, "redirect_offsite: the URL has user information"};
    return {location_of(*std::move(parsed.url)), {}};
}

}  // namespace gyre::http::detail
