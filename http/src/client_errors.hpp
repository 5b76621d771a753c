#pragma once

#include "content_decoder.hpp"
#include "http1_error.hpp"
#include "http1_limits.hpp"
#include <gyre/clock.hpp>
#include <gyre/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// The sentences in which a client tells what went wrong with a reply.

// The parser refused it.
Error reply_error(Http1Error error, const Http1Limits& limits);

// Its body is not what Content-Encoding says. The phase is "decode".
Error decode_error(DecodeError error, std::uint64_t max_body);

// The connection ended or broke too early. `cause` is null for an orderly end; what it says goes
// into the result, which is a new error when there was none.
struct ReplyProgress {
    bool head_begun = false;
    bool head_complete = false;
    std::uint64_t body_received = 0;
    bool length_known = false;
    std::uint64_t length = 0;
};
Error ended_early(Error cause, const ReplyProgress& progress);

// A status other than 2xx: "HTTP 404: Not Found".
Error status_error(int status, std::string_view reason);

// "TLS with example.com:443 took longer than connect_timeout (20 s)"
Error too_slow(std::string_view what, std::string_view option, Duration limit);

// "20 s", "0.25 s"
std::string in_seconds(Duration duration);

}  // namespace gyre::http::detail
