#pragma once

#include <gyre/chain.hpp>
#include <gyre/error.hpp>
#include <gyre/quiet_scope.hpp>

#include <string>
#include <string_view>

namespace gyre::detail {

/// What the library does with an Error without looking at it. An extension point for protocols
/// built on gyre; programs have no need of it.
class GYRE_API ErrorAccess {
public:
    /// An error with a native code. `category` must live for ever (a literal).
    static Error make(Errc kind, int code, std::string_view category, std::string message,
                      std::source_location place = std::source_location::current());
    /// An error of its own that says the same and that nobody needs to look at.
    static Error copy_looked_at(const Error& error);
    static bool failed(const Error& error) noexcept { return error.state_ != nullptr; }
    static Errc kind(const Error& error) noexcept;
    static std::string_view message(const Error& error) noexcept;
    static void mark_looked_at(const Error& error) noexcept;
    /// Names the callback that gets it; the first one counts.
    static void set_origin(const Error& error, const Origin& origin) noexcept;
    /// `phase` must live for ever (a literal); the first one counts.
    static void set_phase(const Error& error, std::string_view phase) noexcept;
    /// Puts `prefix` before the message: "connect to 127.0.0.1:80" + ": " + message.
    static void add_context(const Error& error, std::string_view prefix);
};

/// An error for a wish of the program's own (`close`, `cancel`): born looked-at.
GYRE_API Error canceled_by_user(std::string message,
                                std::source_location place = std::source_location::current());
/// The error for an errno: `what` says which call or operation failed.
GYRE_API Error system_error(int error_number, std::string_view what,
                            std::source_location place = std::source_location::current());

}  // namespace gyre::detail
