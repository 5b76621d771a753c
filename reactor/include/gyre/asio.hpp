#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/reactor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <source_location>

// The one header that names Boost.Asio: for programs that use Asio beside gyre.
namespace gyre {

/// An io_context whose handlers run on the reactor's loop, between its callbacks: Asio's sockets
/// and timers work beside gyre's. Made on first use; the reactor's own.
///
/// What waits in it keeps `Reactor::run` going. An exception that leaves an Asio handler goes to
/// `on_unhandled_error`. Do not call its `run` or `stop`. Asio's timers follow the system's clock,
/// also on a reactor with another one. Objects that use the io_context must be destroyed before the
/// reactor; handlers that still wait then are destroyed without a call. From another thread,
/// `boost::asio::post` to it is allowed, but it keeps only a loop going that waits anyway.
GYRE_API boost::asio::io_context& asio_context(Reactor& reactor);

/// An error of Asio's in gyre's terms: "operation aborted" is `Errc::canceled` (born looked-at),
/// "end of file" `Errc::end_of_stream`, an errno what it always is; `category()` is "system" or
/// "asio".
GYRE_API Error asio_error(const boost::system::error_code& code,
                          std::source_location place = std::source_location::current());

}  // namespace gyre
