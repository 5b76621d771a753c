#pragma once

#include "http1_chars.hpp"

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace gyre::http::detail {

// The one place that decides which bytes may go into a message. Everything that is written to the
// wire passes one of these checks after any decoding, so no caller can smuggle a line break in.

/// token of RFC 9110 section 5.6.2; never empty.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// field-name of RFC 9110 section 5.1.
[[nodiscard]] inline bool is_field_name(std::string_view text) noexcept { return is_token(text); }

/// method of RFC 9110 section 9.1.
[[nodiscard]] inline bool is_method(std::string_view text) noexcept { return is_token(text); }

/// field-value of RFC 9110 section 5.5: no control byte but tab; bytes from 0x80 are allowed.
/// Empty is fine, and so is white space at the ends: a recipient strips it.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// reason-phrase of RFC 9112 section 4; may be empty.
[[nodiscard]] inline bool is_reason(std::string_view text) noexcept { return is_field_value(text); }

/// What may stand in a request line as the target (RFC 9112 section 3.2): visible ASCII, at least
/// one byte, and no '#', because a fragment is never sent.
[[nodiscard]] bool is_target(std::string_view text) noexcept;

/// The value of a Host field (RFC 9110 section 7.2), which is also the authority-form of a target:
/// a registered name or address and an optional port. No user information, no empty host.
[[nodiscard]] bool is_host(std::string_view text) noexcept;

/// cookie-value of RFC 6265 section 4.1.1: cookie-octets, perhaps all in one pair of quotes.
[[nodiscard]] bool is_cookie_value(std::string_view text) noexcept;

[[nodiscard]] constexpr char to_lower(char byte) noexcept { return ascii_lower(byte); }

/// Equality that ignores the case of ASCII letters and nothing else; no locale takes part.
[[nodiscard]] bool iequals(std::string_view left, std::string_view right) noexcept;

/// The order that belongs to iequals: negative, zero or positive.
[[nodiscard]] int icompare(std::string_view left, std::string_view right) noexcept;

/// Without the spaces and tabs at both ends (OWS of RFC 9110 section 5.6.3).
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Takes the next element off a comma list (RFC 9110 section 5.6.1) and trims it; a comma within a
/// quoted string does not separate. Empty elements are skipped: false when there is none left.
[[nodiscard]] bool next_list_element(std::string_view& rest, std::string_view& element) noexcept;

/// Calls fn(element) for each element of a comma list. A function that returns bool stops the
/// walk by returning false. Linear in the length of the value.
template <class Function>
void for_each_token(std::string_view value, Function&& fn) {
    std::string_view element;
    while (next_list_element(value, element)) {
        if constexpr (std::is_same_v<std::invoke_result_t<Function&, std::string_view>, bool>) {
            if (!fn(element)) return;
        } else {
            fn(element);
        }
    }
}

/// Whether a comma list has this token, ignoring case ("close" in a Connection field).
[[nodiscard]] bool has_token(std::string_view value, std::string_view token) noexcept;

}  // namespace gyre::http::detail
