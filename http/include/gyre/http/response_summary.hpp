#pragma once

#include <gyre/error.hpp>

#include <cstdint>

namespace gyre::http {

/// What became of a response (`HTTPServerResponse::on_finish`).
struct ResponseSummary {
    /// What its head said; 0 if no head went out.
    int status = 0;
    /// Bytes of its body, without framing, that were handed to the system.
    std::uint64_t body_bytes = 0;
    /// Nothing when all of it was handed to the system. Else why not: `connection_reset` and the
    /// like if the client went away, `timed_out`, `canceled` if the server cut it off, `closed` if
    /// its connection ended with an earlier response. It need not be looked at.
    Error error{};
};

}  // namespace gyre::http
