#pragma once

#include <gyre/export.hpp>

#include <cstddef>
#include <span>

namespace gyre {

/// Where a reactor gets random bytes from: masks, keys, boundaries, jitter. The default is the
/// system's generator, which ends the program rather than give weak bytes.
class GYRE_API Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace gyre
