#pragma once

#include <gyre/export.hpp>
#include <gyre/iostream.hpp>
#include <gyre/iostream_options.hpp>
#include <gyre/transport.hpp>

#include <memory>
#include <string>

namespace gyre {

namespace detail {
class ReactorRef;
}

/// A transport from which `bytes` are read before anything else: what somebody has read of `lower`
/// who turned out not to be the one they were for, such as a protocol that a connection was
/// upgraded from, or that only announces it. All else is `lower`'s, which it takes over. Without
/// bytes it is `lower` itself. An extension point for protocols built on gyre.
GYRE_API std::unique_ptr<Transport> make_prefixed_transport(const detail::ReactorRef& reactor,
                                                            std::unique_ptr<Transport> lower,
                                                            std::string bytes);

/// A stream over a connected transport, for those who have no `Reactor` at hand but a reference to
/// one. Inert without a transport. An extension point for protocols built on gyre.
GYRE_API IOStream make_stream(const detail::ReactorRef& reactor,
                              std::unique_ptr<Transport> transport,
                              const IOStreamOptions& options = {});

}  // namespace gyre
