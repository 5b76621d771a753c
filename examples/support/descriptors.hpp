#pragma once

#include <cstddef>

namespace example {

/// Lets this process have `wanted` descriptors open if it may, and returns how many it may have.
std::size_t allow_descriptors(std::size_t wanted);

/// Occupies those of stdin, stdout and stderr that were closed, so that no file or socket gets what
/// is meant for them; to use them still fails.
void occupy_standard_descriptors();

}  // namespace example
