#pragma once

#include "http1_error.hpp"
#include "http1_field_scanner.hpp"
#include "http1_head.hpp"
#include "http1_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Which kind of message is read.
enum class Http1Role : std::uint8_t { request, response };

// What the request was, as far as it decides how a response ends. RFC 9112 6.3
enum class RequestKind : std::uint8_t {
    // Any method but these two.
    other,
    // The response has no body, whatever its fields say.
    head,
    // A 2xx response has no body: what follows is the tunnel.
    connect,
};

// The strict checks of a head, in one pass over its raw bytes that is independent of the parser
// below it and takes nothing that could be read in two ways: RFC 9112, no repairs. It stops at the
// first byte that is wrong, also when the head is far from complete. Like FieldScanner it sees
// bytes that grow between calls, looks at each of them once and keeps positions only.
class HeadScanner {
public:
    enum class Result : std::uint8_t {
        // The head is not complete yet, and has no fault so far.
        need_more,
        // The head is good; begin() and end() are its bounds.
        complete,
        // See error().
        error,
    };

    // Begins a head at position 0.
    explicit HeadScanner(Http1Role role) noexcept : role_{role} {}

    Result scan(std::string_view bytes, const Http1Limits& limits) noexcept;

    // Sets what follows from a complete head: lengths, body kind, persistence, expectations.
    void describe_to(MessageHead& head, RequestKind request) const noexcept;

    // Whether no byte of a message was seen. The empty line before a request does not count.
    bool is_untouched() const noexcept;
    // Behind the empty line that may precede a request.
    std::size_t begin() const noexcept { return begin_; }
    std::size_t end() const noexcept { return fields_.position(); }
    Http1Error error() const noexcept { return error_; }

private:
    enum class State : std::uint8_t {
        // Before the first byte.
        start,
        // Behind a CR at the very start: RFC 9112 2.2 asks to ignore one empty line.
        leading_lf,
        // In a request's method.
        method,
        // In a request's target.
        target,
        // In `HTTP/1.1`, of either kind of message.
        version,
        // Behind the version of a request: CR, then LF.
        version_cr,
        version_lf,
        // Behind the version of a response: the space, the code's digits and the next space.
        status,
        // In a response's reason.
        reason,
        reason_lf,
        // In the fields.
        fields,
    };

    // What the fields said that decides the framing and the connection.
    struct Facts {
        std::uint64_t content_length;
        std::size_t cookies;
        int status;
        std::uint8_t version_minor;
        bool target_has_authority;
        bool has_host;
        bool has_content_length;
        bool has_transfer_encoding;
        bool close;
        bool keep_alive;
        bool connection_upgrade;
        bool has_upgrade;
        bool expect_continue;
        bool expectation_failed;
    };

    bool step(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool scan_start(std::string_view bytes) noexcept;
    bool scan_leading_lf(std::string_view bytes) noexcept;
    bool scan_method(std::string_view bytes) noexcept;
    bool scan_target(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool scan_version(std::string_view bytes) noexcept;
    bool scan_cr(std::string_view bytes) noexcept;
    bool scan_lf(std::string_view bytes) noexcept;
    bool scan_status(std::string_view bytes) noexcept;
    bool scan_reason(std::string_view bytes) noexcept;
    bool scan_fields(std::string_view bytes, const Http1Limits& limits) noexcept;
    bool finish_start_line(std::string_view bytes) noexcept;

    Http1Error classify(const Field& field, const Http1Limits& limits) noexcept;
    Http1Error on_host(std::string_view value) noexcept;
    Http1Error on_content_length(std::string_view value) noexcept;
    Http1Error on_transfer_encoding(std::string_view value) noexcept;
    Http1Error on_connection(std::string_view value, bool counts) noexcept;
    void on_expect(std::string_view value) noexcept;
    Http1Error on_cookie(std::string_view value, const Http1Limits& limits) noexcept;
    Http1Error judge() const noexcept;

    void enter(State state) noexcept;
    bool fail(Http1Error error) noexcept;

    FieldScanner fields_;
    std::size_t pos_ = 0;
    // Where the part of the start line that the state names begins.
    std::size_t part_begin_ = 0;
    std::size_t begin_ = 0;
    std::size_t method_end_ = 0;
    std::size_t target_end_ = 0;
    Facts facts_{};
    Http1Role role_;
    State state_ = State::start;
    Http1Error error_ = Http1Error::none;
};

}  // namespace gyre::http::detail
