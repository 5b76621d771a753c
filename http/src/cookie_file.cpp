#include "cookie_file.hpp"

#include "cookie_acceptance.hpp"
#include "decimal.hpp"
#include "http1_chars.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace gyre::http::detail {
namespace {

using std::chrono::sys_seconds;

constexpr std::string_view http_only_prefix = "#HttpOnly_";

std::string_view next_line(std::string_view& rest) noexcept {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_comment(std::string_view line) noexcept {
    if (trim_blanks(line).empty()) return true;
    return line.front() == '#' && !line.starts_with(http_only_prefix);
}

// "TRUE" or "FALSE".
std::optional<bool> parse_flag(std::string_view text) noexcept {
    if (equals_lower(text, "true")) return true;
    if (equals_lower(text, "false")) return false;
    return std::nullopt;
}

// Sets the time of the end, if there is one; false if it is no time.
bool set_expires(StoredCookie& cookie, std::string_view text, sys_seconds now) noexcept {
    // Python writes nothing for a session cookie, curl and browsers write 0.
    if (text.empty() || text == "0") return true;
    const auto seconds = parse_decimal<std::int64_t>(text);
    if (!seconds) return false;
    // Cut before anybody calculates with it.
    cookie.expires =
        std::min<sys_seconds>(sys_seconds{std::chrono::seconds{*seconds}}, now + max_cookie_age);
    return true;
}

// Reads one line, or says why it is no cookie.
std::string_view parse_line(std::string_view line, StoredCookie& cookie, sys_seconds now) {
    cookie.http_only = line.starts_with(http_only_prefix);
    if (cookie.http_only) line.remove_prefix(http_only_prefix.size());
    std::array<std::string_view, 7> fields;
    for (std::string_view& field : fields) {
        const bool last = &field == &fields.back();
        const std::size_t tab = line.find('\t');
        if (last != (tab == std::string_view::npos))
            return "it has not seven fields with tabs between them";
        field = line.substr(0, tab);
        if (!last) line.remove_prefix(tab + 1);
    }
    const auto below = parse_flag(fields[1]);
    const auto secure = parse_flag(fields[3]);
    if (!below || !secure) return "its second and fourth field must be TRUE or FALSE";
    if (!set_expires(cookie, fields[4], now)) return "its fifth field must be a time in seconds";
    // Either way of writing a domain is found in files; the flag counts.
    cookie.domain = fields[0].substr(fields[0].starts_with('.') ? 1 : 0);
    cookie.host_only = !*below;
    cookie.path = fields[2];
    cookie.secure = *secure;
    cookie.name = fields[5];
    cookie.value = fields[6];
    return {};
}

}  // namespace

CookieFileResult parse_cookie_file(std::string_view text, sys_seconds now) {
    CookieFileResult result;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = next_line(text);
        if (is_comment(line)) continue;
        StoredCookie cookie;
        std::string_view fault = parse_line(line, cookie, now);
        AcceptedCookie accepted;
        if (fault.empty()) {
            accepted = accept_cookie(std::move(cookie), now);
            fault = accepted.refusal;
        }
        if (!fault.empty()) {
            result.cookies.clear();
            result.error = "line " + std::to_string(number) + " is no cookie: ";
            result.error.append(fault);
            return result;
        }
        const auto& expires = accepted.cookie.expires;
        if (!expires || *expires > now) result.cookies.push_back(std::move(accepted.cookie));
    }
    return result;
}

std::string format_cookie_file(const std::vector<StoredCookie>& cookies, bool session_cookies) {
    // Python looks for the first line.
    std::string text = "# Netscape HTTP Cookie File\n# Written by gyre.\n\n";
    for (const StoredCookie& cookie : cookies) {
        if (!cookie.expires && !session_cookies) continue;
        if (cookie.http_only) text.append(http_only_prefix);
        if (!cookie.host_only) text.append(".");
        text.append(cookie.domain).append(cookie.host_only ? "\tFALSE\t" : "\tTRUE\t");
        text.append(cookie.path).append(cookie.secure ? "\tTRUE\t" : "\tFALSE\t");
        text.append(
            std::to_string(cookie.expires ? cookie.expires->time_since_epoch().count() : 0));
        text.append("\t").append(cookie.name).append("\t").append(cookie.value).append("\n");
    }
    return text;
}

}  // namespace gyre::http::detail
