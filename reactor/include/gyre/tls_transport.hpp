#pragma once

#include <gyre/export.hpp>
#include <gyre/tls.hpp>
#include <gyre/transport.hpp>

#include <memory>
#include <string>

namespace gyre {

namespace detail {
class ReactorRef;
}

/// TLS over any transport, which it takes over; `lower` may still be connecting.
///
/// The handshake begins when events are first asked for and runs by itself. Ask with `want_write`:
/// `on_writable` comes when it has ended, well or badly, which `finish_connect` then tells. Until
/// then reading and writing would block. The owner sets the deadline.
///
/// `host_name` is what a client connects to, a name or an IP literal: it is sent (a name only) and
/// verified. A server ignores it.
///
/// Errors of `finish_connect`: `certificate_rejected` and `host_name_mismatch` for the peer's
/// certificate, `tls_failed`, `invalid_argument` for a context or name that cannot be used, or what
/// `lower` failed with. In TLS 1.3 a client is done before the server has judged the client's
/// certificate: a refusal shows when reading.
///
/// An end of stream is `IOStatus::end` only if the peer said so in TLS; otherwise it fails with
/// `truncated`. After a write would have blocked the same bytes have to be offered again, perhaps
/// with more behind them. To destroy it without `close` cuts the stream in the peer's eyes.
GYRE_API std::unique_ptr<Transport> make_tls_transport(const detail::ReactorRef& reactor,
                                                       std::unique_ptr<Transport> lower,
                                                       const TLSContext& context, TLSRole role,
                                                       std::string host_name);

}  // namespace gyre
