#pragma once

#include <gyre/address.hpp>
#include <gyre/clock.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// What the lines of an access log are made of. Whatever bytes go in, no line break, control byte or
// unescaped quote comes out.

// Escaped as Apache does: \" and \\, and every byte that is not visible ASCII or a space as \xNN.
void append_escaped(std::string& out, std::string_view text);
// The same with spaces escaped, so that it is one word; "-" if it is empty.
void append_word(std::string& out, std::string_view text);
// The same in quotes; "-" in them if it is empty.
void append_quoted(std::string& out, std::string_view text);

// `,"name":"text"`, or nothing if the text is empty. Bytes that are no UTF-8 (RFC 3629) become the
// characters of ISO 8859-1; control characters and the line separators of Unicode are escaped.
void append_json(std::string& out, std::string_view name, std::string_view text);

// 127.0.0.1, ::1, "unix:" for a Unix socket, "-" for none.
std::string log_host(const Address& address);
// "10/Oct/2000:13:55:36 +0000"
std::string apache_time(std::chrono::system_clock::time_point time);
// "2000-10-10T13:55:36.123Z"
std::string iso_time(std::chrono::system_clock::time_point time);
// "0.001234": seconds.
std::string log_seconds(Duration duration);

}  // namespace gyre::http::detail
