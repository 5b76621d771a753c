#pragma once

#include <gyre/export.hpp>

namespace gyre::detail {

/// While it lives, callbacks that are dropped and errors that die unseen on this thread are not
/// reported: they are a consequence of their owner's end, not news.
class GYRE_API QuietScope {
public:
    QuietScope() noexcept;
    QuietScope(const QuietScope&) = delete;
    QuietScope& operator=(const QuietScope&) = delete;
    ~QuietScope();
    static bool active() noexcept;
};

}  // namespace gyre::detail
