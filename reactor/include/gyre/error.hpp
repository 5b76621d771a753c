#pragma once

#include <gyre/export.hpp>

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre {

/// What went wrong, in the terms a program branches on. The native code behind it (an errno, a TLS
/// library's code, an HTTP status) is `Error::code()` in the category `Error::category()`.
enum class Errc {
    ok = 0,
    // Ended by the program itself.
    canceled,  ///< `close()`, `cancel()` or `cancel_timeout()` ended the operation.
    closed,    ///< The object was closed before, outlived its reactor, or was never opened.
    // Wrong use.
    invalid_argument,     ///< An argument was out of its range or contradicts another.
    already_in_progress,  ///< An operation of the same kind is still waiting.
    not_supported,        ///< This build or this object cannot do it.
    // Streams.
    end_of_stream,          ///< The peer ended its side in an orderly way.
    connection_reset,       ///< The peer broke the connection.
    connection_refused,     ///< Nothing listens there.
    connection_aborted,     ///< The connection was broken on this side.
    broken_pipe,            ///< A write after the peer had closed.
    host_unreachable,       ///< No route to the host or network.
    address_in_use,         ///< The address to bind is taken.
    address_not_available,  ///< The address to bind is not one of this host.
    permission_denied,      ///< The system refused.
    out_of_descriptors,     ///< The process or the system has no descriptor left.
    out_of_memory,          ///< Memory ran out.
    timed_out,              ///< A deadline passed.
    limit_exceeded,         ///< A limit of the options was passed; the message names it.
    queue_full,             ///< A bounded queue has no room.
    delimiter_not_found,    ///< `read_until` met its limit first.
    // Names.
    host_not_found,   ///< The name does not exist or has no address.
    resolver_failed,  ///< The name could not be looked up just now.
    // TLS.
    tls_failed,            ///< The TLS handshake or a record failed.
    certificate_rejected,  ///< The peer's certificate did not verify.
    host_name_mismatch,    ///< The certificate is not for this host.
    truncated,             ///< The stream ended before the data was whole.
    // Protocols above.
    protocol_error,      ///< The peer broke the rules of the protocol.
    bad_url,             ///< The URL cannot be used.
    too_many_redirects,  ///< More redirects than allowed.
    http_status,         ///< An HTTP status other than 2xx; `code()` is the status.
    // Contract.
    unhandled_exception,  ///< A callback let an exception escape.
    callback_dropped,     ///< A callback was destroyed without ever being called.
    system,               ///< Another error of the operating system; see `code()`.
};

/// A short, stable name, as in `"connection_refused"`.
GYRE_API std::string_view to_string(Errc kind) noexcept;

namespace detail {
struct ErrorState;
class ErrorAccess;
}  // namespace detail

/// An error handed to a callback: one pointer, null when all is well.
///
/// A failed Error wants to be looked at. Testing, printing or reading it counts as looking, and so
/// does `ignore("why")`; copying and moving do not. When the last copy of an Error goes away that
/// nobody looked at, it is reported to `Reactor::on_unhandled_error` with the place where its
/// callback was registered. To test it and then do nothing cannot be detected.
///
/// Copies share one state. Copying and destroying is allowed on any thread.
class GYRE_API Error {
public:
    constexpr Error() noexcept = default;
    constexpr Error(std::nullptr_t) noexcept {}
    /// A failure of `kind`. `message` completes the sentence; `place` is where it was made.
    Error(Errc kind, std::string message = {},
          std::source_location place = std::source_location::current());

    Error(const Error& other) noexcept;
    Error(Error&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    Error& operator=(const Error& other) noexcept;
    Error& operator=(Error&& other) noexcept;
    ~Error() {
        if (state_) release();
    }

    /// True if this is a failure. Looks.
    explicit operator bool() const noexcept {
        if (state_) mark_looked_at();
        return state_ != nullptr;
    }

    /// What to branch on; `Errc::ok` without a failure. Looks.
    Errc kind() const noexcept;
    /// The native number: an errno, a TLS or resolver code, an HTTP status, else `int(kind())`.
    /// Looks.
    int code() const noexcept;
    /// Whose number `code()` is: "gyre", "system", "resolver", "tls" or "http". Looks.
    std::string_view category() const noexcept;
    /// One line for people. Looks. Valid as long as a copy of this Error lives.
    const std::string& message() const noexcept;
    /// The part of a longer operation in which it died ("connect", "tls", …); may be empty. Looks.
    std::string_view phase() const noexcept;
    /// Where the callback that got this error was registered, else where the Error was made. Looks.
    std::source_location place() const noexcept;
    /// The registration places from this error's callback back to `main`. One entry unless tracing
    /// is on. Looks.
    std::vector<std::source_location> trace() const;

    /// The message and, each on a line of its own, the places of `trace`. Looks.
    std::string describe() const;

    /// Says that this failure is of no interest, and why.
    void ignore(std::string_view why) const noexcept;

    /// True if this is a failure of `kind`. Looks.
    friend bool operator==(const Error& error, Errc kind) noexcept { return error.kind() == kind; }
    /// Writes the message ("success" without a failure). Looks.
    friend GYRE_API std::ostream& operator<<(std::ostream& out, const Error& error);

private:
    friend class detail::ErrorAccess;
    void mark_looked_at() const noexcept;
    void release() noexcept;

    detail::ErrorState* state_ = nullptr;
};

}  // namespace gyre
