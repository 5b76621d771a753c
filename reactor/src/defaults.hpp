#pragma once

#include <gyre/error.hpp>
#include <gyre/reactor.hpp>

namespace gyre::detail {

class ReactorCore;

/// Puts the system's own parts wherever `options` names none.
void fill_defaults(ReactorOptions& options, ReactorCore& core);

/// What a reactor without an `on_unhandled_error` handler does.
void log_unhandled(const Error& error);

}  // namespace gyre::detail
