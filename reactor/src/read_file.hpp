#pragma once

#include <gyre/transport.hpp>

#include <cstdint>
#include <span>

namespace gyre::detail {

/// Fills `room` with the bytes of a file from `offset` on; `truncated` if it has fewer.
IOResult read_file(int descriptor, std::uint64_t offset, std::span<char> room);

}  // namespace gyre::detail
