#include "url.hpp"

#include "field_rules.hpp"
#include "host_to_ascii.hpp"
#include "percent.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gyre::http::detail {

namespace {

UrlResult failure(std::string reason) { return {std::nullopt, std::move(reason)}; }

constexpr std::uint16_t default_port(std::string_view scheme) noexcept {
    if (scheme == "http" || scheme == "ws") return 80;
    return scheme == "https" || scheme == "wss" ? 443 : 0;
}

std::string to_hex(unsigned char byte) {
    constexpr char digits[] = "0123456789abcdef";
    return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

bool is_control(char byte) noexcept {
    const auto code = static_cast<unsigned char>(byte);
    return code < 0x20 || code == 0x7f;
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

bool is_letter(char byte) noexcept { return to_lower(byte) >= 'a' && to_lower(byte) <= 'z'; }

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
    return lower;
}

std::string control_byte_error(std::string_view text) {
    const auto found = std::find_if(text.begin(), text.end(), is_control);
    if (found == text.end()) return {};
    return "the URL contains the control byte " + to_hex(static_cast<unsigned char>(*found)) +
           " at position " + std::to_string(found - text.begin());
}

/// The length of "scheme" in "scheme:...", or 0 when the text does not begin with one.
std::size_t scheme_size(std::string_view text) noexcept {
    if (text.empty() || !is_letter(text.front())) return 0;
    const auto end = std::find_if_not(text.begin(), text.end(), [](char byte) {
        return is_letter(byte) || is_digit(byte) || byte == '+' || byte == '-' || byte == '.';
    });
    return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

/// What follows the authority, as it came. Views into the text; has_query tells "?" from nothing.
struct Tail {
    std::string_view path;
    std::string_view query;
    std::string_view fragment;
    bool has_query = false;
    bool has_fragment = false;
};

Tail split_tail(std::string_view text) noexcept {
    Tail tail;
    const std::size_t hash = text.find('#');
    tail.has_fragment = hash != std::string_view::npos;
    if (tail.has_fragment) tail.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
    const std::size_t question = text.find('?');
    tail.has_query = question != std::string_view::npos;
    if (tail.has_query) tail.query = text.substr(question + 1);
    tail.path = text.substr(0, question);
    return tail;
}

/// Checks the escapes of a path and a query and puts both, encoded, into the target; gives the
/// reason when it cannot.
std::string set_target(Url& url, std::string_view path, const Tail& tail) {
    if (!is_percent_encoded(path))
        return "the URL has a '%' in its path that does not begin an escape such as %20";
    if (!is_percent_encoded(tail.query))
        return "the URL has a '%' in its query that does not begin an escape such as %20";
    url.target = percent_encode_path(path);
    if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
    if (tail.has_query) url.target.append("?").append(percent_encode_query(tail.query));
    return {};
}

std::string check_authority_text(std::string_view authority, std::size_t host_begin) {
    const std::string_view userinfo = authority.substr(0, host_begin);
    const std::string_view host = authority.substr(host_begin);
    if (host.empty() || host.front() == ':') return "the URL has no host";
    if (host.find(' ') != std::string_view::npos) return "the URL has a space in its host";
    if (host.find('%') != std::string_view::npos)
        return "the URL has a '%' in its host, which is not supported";
    if (authority.find('\\') != std::string_view::npos)
        return "the URL has a backslash before its path";
    if (!is_ascii(userinfo) || userinfo.find(' ') != std::string_view::npos)
        return "the user information of the URL must be percent-encoded";
    return {};
}

/// Puts what DNS knows it by in the place of a host that is not ASCII; gives the reason when it
/// cannot. Only a colon in ASCII begins a port.
std::string translate_host(std::string& authority, std::size_t host_begin) {
    const std::size_t end = std::min(authority.find(':', host_begin), authority.size());
    const auto host = std::string_view(authority).substr(host_begin, end - host_begin);
    if (is_ascii(host)) return {};
    AsciiHost ascii = host_to_ascii(host);
    if (ascii.error.empty()) authority.replace(host_begin, host.size(), ascii.name);
    return std::move(ascii.error);
}

std::string set_host(Url& url, const boost::urls::authority_view& authority) {
    switch (authority.host_type()) {
        case boost::urls::host_type::ipv6:
            url.host = authority.host_ipv6_address().to_string();
            url.is_ipv6 = true;
            return {};
        case boost::urls::host_type::ipv4:
        case boost::urls::host_type::name:
            url.host = lower_case(authority.host());
            return check_host_name(url.host);
        default:
            return "the URL has a host that is neither a name nor an IPv4 or IPv6 address";
    }
}

std::string set_port(Url& url, std::string_view text) {
    if (text.empty()) return {};
    // Leading zeros are legal (RFC 3986 section 3.2.3), so the size says nothing about the value.
    unsigned long port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535)
        return "the port of the URL is not between 1 and 65535";
    url.port = static_cast<std::uint16_t>(port);
    return {};
}

std::string set_userinfo(Url& url, const boost::urls::authority_view& authority) {
    url.has_userinfo = authority.has_userinfo();
    if (!url.has_userinfo) return {};
    url.user = authority.user();
    url.password = authority.password();
    const auto has_control = [](const std::string& text) {
        return std::any_of(text.begin(), text.end(), is_control);
    };
    if (has_control(url.user) || has_control(url.password))
        return "the user information of the URL contains a control byte";
    return {};
}

std::string set_authority(Url& url, std::string_view text) {
    // npos + 1 is 0: without an '@' all of it is the host and port.
    const std::size_t host_begin = text.rfind('@') + 1;
    std::string authority(text);
    if (std::string reason = check_authority_text(text, host_begin); !reason.empty()) return reason;
    if (std::string reason = translate_host(authority, host_begin); !reason.empty()) return reason;
    const auto parsed = boost::urls::parse_authority(authority);
    if (!parsed) return "the URL has a malformed host, port or user information";
    if (std::string reason = set_host(url, *parsed); !reason.empty()) return reason;
    if (std::string reason =
            set_port(url, std::string_view{parsed->port().data(), parsed->port().size()});
        !reason.empty())
        return reason;
    return set_userinfo(url, *parsed);
}

/// "localhost:8080/" is a host and a port that lack a scheme, not a scheme called localhost.
bool is_host_and_port(std::string_view text, std::size_t size) noexcept {
    return text.size() > size + 1 && is_digit(text[size + 1]);
}

std::string set_scheme(Url& url, std::string_view text) {
    const std::size_t size = scheme_size(text);
    if (size == 0 || is_host_and_port(text, size))
        return "the URL has no scheme (http://, https://, ws:// or wss:// is expected)";
    url.scheme = lower_case(text.substr(0, size));
    url.port = default_port(url.scheme);
    if (url.port == 0)
        return "the scheme \"" + url.scheme.substr(0, 32) +
               "\" is not supported (http, https, ws and wss are)";
    if (text.substr(size, 3) != "://") return "the URL has no \"//\" after its scheme";
    return {};
}

/// Drops the last segment and the slash before it.
void remove_last_segment(std::string& path) {
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
}

/// RFC 3986 section 5.2.4 for a path that begins with '/'. An escaped dot is a dot as well: what
/// decodes the path behind us would see one.
std::string remove_dot_segments(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    while (!path.empty()) {
        const std::size_t slash = path.find('/', 1);
        const std::string_view segment =
            path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
        const std::string plain =
            segment.size() <= 6 ? percent_decode(segment).value_or("") : std::string{};
        if (plain == "..") remove_last_segment(out);
        if (plain != "." && plain != "..")
            out.append("/").append(segment);
        else if (path.empty())
            out += '/';
    }
    return out.empty() ? "/" : out;
}

UrlResult parse(std::string_view text, bool normalise) {
    Url url;
    if (std::string reason = control_byte_error(text); !reason.empty())
        return failure(std::move(reason));
    if (std::string reason = set_scheme(url, text); !reason.empty())
        return failure(std::move(reason));
    text.remove_prefix(url.scheme.size() + 3);
    const std::size_t authority_size = std::min(text.find_first_of("/?#"), text.size());
    if (std::string reason = set_authority(url, text.substr(0, authority_size)); !reason.empty())
        return failure(std::move(reason));
    const Tail tail = split_tail(text.substr(authority_size));
    const std::string path = normalise ? remove_dot_segments(tail.path) : std::string(tail.path);
    if (std::string reason = set_target(url, path, tail); !reason.empty())
        return failure(std::move(reason));
    if (tail.has_fragment) url.fragment = std::string(tail.fragment);
    return {std::move(url), {}};
}

/// A location without a host: RFC 3986 section 5.2.2, its last branch.
UrlResult resolve_path(const Url& base, std::string_view location) {
    Url url = base;
    Tail tail = split_tail(location);
    const std::string_view base_path = base.path();
    std::string path(base_path);
    if (tail.path.starts_with('/'))
        path = remove_dot_segments(tail.path);
    else if (!tail.path.empty())
        path = remove_dot_segments(
            std::string(base_path.substr(0, base_path.rfind('/') + 1)).append(tail.path));
    else if (!tail.has_query && base_path.size() < base.target.size()) {
        tail.has_query = true;
        tail.query = std::string_view(base.target).substr(base_path.size() + 1);
    }
    if (std::string reason = set_target(url, path, tail); !reason.empty())
        return failure(std::move(reason));
    if (tail.has_fragment) url.fragment = std::string(tail.fragment);
    return {std::move(url), {}};
}

}  // namespace

bool Url::is_secure() const noexcept { return scheme == "https" || scheme == "wss"; }

std::string_view Url::path() const noexcept {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string Url::host_header() const {
    std::string text = is_ipv6 ? "[" + host + "]" : host;
    if (port != default_port(scheme)) text.append(":").append(std::to_string(port));
    return text;
}

std::string Url::origin() const { return scheme + "://" + host_header(); }

std::string Url::to_string() const {
    std::string text = origin() + target;
    if (fragment) text.append("#").append(*fragment);
    return text;
}

UrlResult parse_url(std::string_view text) {
    if (text.empty()) return failure("the URL is empty");
    return parse(text, false);
}

UrlResult resolve(const Url& base, std::string_view location) {
    if (std::string reason = control_byte_error(location); !reason.empty())
        return failure(std::move(reason));
    const bool has_scheme = scheme_size(location) != 0;
    if (!has_scheme && !location.starts_with("//")) return resolve_path(base, location);
    UrlResult result =
        has_scheme ? parse(location, true) : parse(base.scheme + ":" + std::string(location), true);
    if (std::optional<Url>& url = result.url; url && !url->fragment) url->fragment = base.fragment;
    return result;
}

bool same_origin(const Url& left, const Url& right) noexcept {
    return left.scheme == right.scheme && left.host == right.host && left.port == right.port;
}

}  // namespace gyre::http::detail
