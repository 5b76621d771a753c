#include "http1_serializer.hpp"

#include "field_rules.hpp"
#include "gyre/http/status.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace gyre::http::detail {

namespace {

struct StatusLine {
    int status;
    std::string_view text;
};

// The status lines of the usual codes, each in one piece and the most usual one first.
constexpr std::array common_status_lines = {
    StatusLine{200, "HTTP/1.1 200 OK\r\n"},
    StatusLine{100, "HTTP/1.1 100 Continue\r\n"},
    StatusLine{101, "HTTP/1.1 101 Switching Protocols\r\n"},
    StatusLine{201, "HTTP/1.1 201 Created\r\n"},
    StatusLine{202, "HTTP/1.1 202 Accepted\r\n"},
    StatusLine{204, "HTTP/1.1 204 No Content\r\n"},
    StatusLine{206, "HTTP/1.1 206 Partial Content\r\n"},
    StatusLine{301, "HTTP/1.1 301 Moved Permanently\r\n"},
    StatusLine{302, "HTTP/1.1 302 Found\r\n"},
    StatusLine{303, "HTTP/1.1 303 See Other\r\n"},
    StatusLine{304, "HTTP/1.1 304 Not Modified\r\n"},
    StatusLine{400, "HTTP/1.1 400 Bad Request\r\n"},
    StatusLine{401, "HTTP/1.1 401 Unauthorized\r\n"},
    StatusLine{403, "HTTP/1.1 403 Forbidden\r\n"},
    StatusLine{404, "HTTP/1.1 404 Not Found\r\n"},
    StatusLine{405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    StatusLine{500, "HTTP/1.1 500 Internal Server Error\r\n"},
    StatusLine{503, "HTTP/1.1 503 Service Unavailable\r\n"},
};

/// A number as text, kept beside the views that the pieces below are.
struct Digits {
    std::array<char, 20> text{};
    std::size_t size = 0;

    void set(std::uint64_t value, int base = 10) noexcept {
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value, base).ptr;
        size = static_cast<std::size_t>(end - text.data());
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text.data(), size}; }
};

/// Makes room at the end of a string once and then copies pieces into it. The heads are checked
/// and measured before this is made, so that nothing can go wrong half-way.
class Appender {
public:
    Appender(std::string& out, std::size_t size) {
        const std::size_t start = out.size();
        out.resize(start + size);
        position_ = out.data() + start;
    }

    Appender& put(std::string_view piece) noexcept {
        if (!piece.empty()) std::memcpy(position_, piece.data(), piece.size());
        position_ += piece.size();
        return *this;
    }

    void field(std::string_view name, std::string_view value) noexcept {
        put(name).put(": ").put(value).put("\r\n");
    }

private:
    char* position_ = nullptr;
};

constexpr std::size_t field_size(std::string_view name, std::string_view value) noexcept {
    return name.size() + value.size() + 4;
}

/// The first line of a response, measured and then written.
class StatusLineWriter {
public:
    StatusLineWriter(int status, std::string_view reason) noexcept {
        if (reason.empty()) {
            for (const StatusLine& line : common_status_lines) {
                if (line.status == status) {
                    whole_ = line.text;
                    return;
                }
            }
        }
        code_.set(static_cast<std::uint64_t>(status));
        reason_ = reason.empty() ? reason_phrase(status) : reason;
    }

    [[nodiscard]] std::size_t size() const noexcept {
        return whole_.empty() ? version.size() + code_.size + 1 + reason_.size() + 2
                              : whole_.size();
    }

    void write(Appender& out) const noexcept {
        if (whole_.empty())
            out.put(version).put(code_.view()).put(" ").put(reason_).put("\r\n");
        else
            out.put(whole_);
    }

private:
    static constexpr std::string_view version = "HTTP/1.1 ";

    std::string_view whole_;
    Digits code_;
    std::string_view reason_;
};

/// What a field means to the serialiser. Told apart by length first: nearly every name is done
/// with after one comparison of two numbers.
enum class Role : std::uint8_t { ordinary, content_length, transfer_encoding, host, date };

Role role_of(std::string_view name) noexcept {
    switch (name.size()) {
        case 4:
            if (iequals(name, "Host")) return Role::host;
            return iequals(name, "Date") ? Role::date : Role::ordinary;
        case 14:
            return iequals(name, "Content-Length") ? Role::content_length : Role::ordinary;
        case 17:
            return iequals(name, "Transfer-Encoding") ? Role::transfer_encoding : Role::ordinary;
        default:
            return Role::ordinary;
    }
}

enum class HeadKind : std::uint8_t { request, response };

/// Checks and measures the fields of a head, then writes them. The fields that say what the
/// framing says are left out, because the framing is written by itself.
class FieldBlock {
public:
    FieldBlock(HeadKind kind, std::span<const HTTPField> fields, Framing framing) noexcept
        : kind_(kind), fields_(fields), framing_(framing) {
        if (framing.kind == Framing::Kind::length) length_.set(framing.length);
    }

    [[nodiscard]] SerializeError check() noexcept {
        for (const HTTPField& field : fields_) {
            if (const SerializeError error = check_field(field); error != SerializeError::none)
                return error;
        }
        size_ += 2;
        if (framing_.kind == Framing::Kind::length)
            size_ += field_size("Content-Length", length_.view());
        else if (framing_.kind == Framing::Kind::chunked)
            size_ += field_size("Transfer-Encoding", "chunked");
        return SerializeError::none;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool has_host() const noexcept { return has_host_; }
    [[nodiscard]] bool has_date() const noexcept { return has_date_; }

    void write(Appender& out) const noexcept {
        if (framing_.kind == Framing::Kind::length)
            out.field("Content-Length", length_.view());
        else if (framing_.kind == Framing::Kind::chunked)
            out.field("Transfer-Encoding", "chunked");
        for (const HTTPField& field : fields_) {
            if (!says_framing_ || !is_framing(role_of(field.name)))
                out.field(field.name, field.value);
        }
        out.put("\r\n");
    }

private:
    static bool is_framing(Role role) noexcept {
        return role == Role::content_length || role == Role::transfer_encoding;
    }

    SerializeError check_field(const HTTPField& field) noexcept {
        if (!is_field_name(field.name)) return SerializeError::bad_field_name;
        if (!is_field_value(field.value)) return SerializeError::bad_field_value;
        const Role role = role_of(field.name);
        if (is_framing(role)) {
            says_framing_ = true;
            return agrees_with_framing(role, field.value) ? SerializeError::none
                                                          : SerializeError::framing_conflict;
        }
        if (role == Role::host && kind_ == HeadKind::request) {
            if (has_host_ || !is_host(field.value)) return SerializeError::bad_host;
            has_host_ = true;
        }
        has_date_ = has_date_ || role == Role::date;
        size_ += field_size(field.name, field.value);
        return SerializeError::none;
    }

    bool agrees_with_framing(Role role, std::string_view value) const noexcept {
        if (role == Role::transfer_encoding)
            return framing_.kind == Framing::Kind::chunked && iequals(value, "chunked");
        return framing_.kind == Framing::Kind::length && value == length_.view();
    }

    HeadKind kind_;
    bool has_host_ = false;
    bool has_date_ = false;
    bool says_framing_ = false;
    std::span<const HTTPField> fields_;
    Framing framing_;
    Digits length_;
    std::size_t size_ = 0;
};

SerializeError check_response(const ResponseHead& head) noexcept {
    if (head.status < 100 || head.status > 599) return SerializeError::bad_status;
    if (!is_reason(head.reason)) return SerializeError::bad_reason;
    if (!is_field_value(head.date)) return SerializeError::bad_date;
    const bool has_no_body = head.status < 200 || head.status == 204;
    if (has_no_body && head.framing.kind != Framing::Kind::none)
        return SerializeError::framing_conflict;
    return SerializeError::none;
}

SerializeError check_trailers(std::span<const HTTPField> trailers) noexcept {
    for (const HTTPField& field : trailers) {
        if (!is_field_name(field.name)) return SerializeError::bad_field_name;
        if (!is_field_value(field.value)) return SerializeError::bad_field_value;
        if (!may_be_trailer(field.name)) return SerializeError::bad_trailer;
    }
    return SerializeError::none;
}

}  // namespace

// Fields that steer how a message is framed, routed, authenticated or read: whoever merges
// trailers into the head must not meet them there (RFC 9110 section 6.5.1).
bool may_be_trailer(std::string_view name) noexcept {
    static constexpr std::string_view forbidden =
        "Age, Authorization, Cache-Control, Connection, Content-Encoding, "
        "Content-Length, Content-Range, Content-Type, Cookie, Date, Expect, Expires, "
        "Host, Keep-Alive, Location, Max-Forwards, Pragma, Proxy-Authenticate, "
        "Proxy-Authorization, Range, Set-Cookie, TE, Trailer, Transfer-Encoding, "
        "Upgrade, WWW-Authenticate";
    return !has_token(forbidden, name);
}

std::string_view to_string(SerializeError error) noexcept {
    switch (error) {
        case SerializeError::none:
            return {};
        case SerializeError::bad_method:
            return "the method is not a token";
        case SerializeError::bad_target:
            return "the request target holds a byte that may not be sent";
        case SerializeError::bad_host:
            return "the Host is missing, malformed or given twice";
        case SerializeError::bad_status:
            return "the status is not between 100 and 599";
        case SerializeError::bad_reason:
            return "the reason phrase holds a control byte";
        case SerializeError::bad_date:
            return "the Date holds a control byte";
        case SerializeError::bad_field_name:
            return "a field name is not a token";
        case SerializeError::bad_field_value:
            return "a field value holds a control byte";
        case SerializeError::framing_conflict:
            return "Content-Length or Transfer-Encoding contradicts the body";
        case SerializeError::bad_trailer:
            return "a field that may not be a trailer is one";
    }
    return {};
}

SerializeError append_request_head(std::string& out, const RequestHead& head) {
    if (!is_method(head.method)) return SerializeError::bad_method;
    if (!is_target(head.target)) return SerializeError::bad_target;
    FieldBlock fields(HeadKind::request, head.fields, head.framing);
    if (const SerializeError error = fields.check(); error != SerializeError::none) return error;
    if (!fields.has_host() && !is_host(head.host)) return SerializeError::bad_host;

    constexpr std::string_view version = " HTTP/1.1\r\n";
    const std::size_t host_size = fields.has_host() ? 0 : field_size("Host", head.host);
    const std::size_t line_size = head.method.size() + 1 + head.target.size() + version.size();
    Appender appender(out, line_size + host_size + fields.size());
    appender.put(head.method).put(" ").put(head.target).put(version);
    if (host_size != 0) appender.field("Host", head.host);
    fields.write(appender);
    return SerializeError::none;
}

SerializeError append_response_head(std::string& out, const ResponseHead& head) {
    if (const SerializeError error = check_response(head); error != SerializeError::none)
        return error;
    FieldBlock fields(HeadKind::response, head.fields, head.framing);
    if (const SerializeError error = fields.check(); error != SerializeError::none) return error;

    const StatusLineWriter line(head.status, head.reason);
    const bool writes_date = !head.date.empty() && !fields.has_date();
    const std::size_t date_size = writes_date ? field_size("Date", head.date) : 0;
    Appender appender(out, line.size() + date_size + fields.size());
    line.write(appender);
    if (writes_date) appender.field("Date", head.date);
    fields.write(appender);
    return SerializeError::none;
}

void append_chunk_header(std::string& out, std::size_t size) {
    if (size == 0) return;
    Digits digits;
    digits.set(size, 16);
    Appender(out, digits.size + 2).put(digits.view()).put("\r\n");
}

void append_chunk(std::string& out, std::string_view data) {
    if (data.empty()) return;
    Digits digits;
    digits.set(data.size(), 16);
    Appender(out, digits.size + data.size() + 4)
        .put(digits.view())
        .put("\r\n")
        .put(data)
        .put("\r\n");
}

SerializeError append_last_chunk(std::string& out, std::span<const HTTPField> trailers) {
    if (const SerializeError error = check_trailers(trailers); error != SerializeError::none)
        return error;
    std::size_t size = 5;
    for (const HTTPField& field : trailers)
        size += field_size(field.name, field.value);
    Appender appender(out, size);
    appender.put("0\r\n");
    for (const HTTPField& field : trailers)
        appender.field(field.name, field.value);
    appender.put("\r\n");
    return SerializeError::none;
}

}  // namespace gyre::http::detail
