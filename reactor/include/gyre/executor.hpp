#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <functional>

namespace gyre {

/// Runs blocking work away from the reactor's thread.
class GYRE_API Executor {
public:
    virtual ~Executor() = default;
    /// Runs `job` on a thread of its own, some time later. The job does not throw. An error
    /// (`Errc::queue_full`) means that the job was not taken.
    virtual Error submit(std::function<void()> job) = 0;
};

}  // namespace gyre
