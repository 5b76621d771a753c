#pragma once

#include <cstddef>

namespace example {

/// Lets this process have `wanted` descriptors open if it may, and returns how many it may have.
std::size_t allow_descriptors(std::size_t wanted);

}  // namespace example
