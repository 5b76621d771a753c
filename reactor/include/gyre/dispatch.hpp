#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/error_access.hpp>
#include <gyre/handler.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace gyre::detail {

/// The frame around a user's callback: while it lives, the callback's origin is the parent of every
/// callback that is registered. An extension point for protocols built on gyre.
class GYRE_API DispatchScope {
public:
    explicit DispatchScope(const Origin& origin) noexcept;
    DispatchScope(const DispatchScope&) = delete;
    DispatchScope& operator=(const DispatchScope&) = delete;
    ~DispatchScope();

    /// Inside a catch block: the exception as an Error, reported to `on_unhandled_error`.
    void report_exception() noexcept;

private:
    Origin origin_;
    ChainNode* outer_;
};

template <class Argument>
void name_callback(const Argument& argument, const Origin& origin) noexcept {
    if constexpr (std::same_as<Argument, Error>) ErrorAccess::set_origin(argument, origin);
}

/// Calls a user's callback on the reactor's thread. An exception that leaves it is reported and
/// false returned; everything the caller holds may have changed afterwards.
template <class... Params, class... Args>
bool dispatch(Callback<void(Params...)>&& callback, Args&&... args) noexcept {
    if (!callback) return true;
    DispatchScope scope{callback.origin()};
    (name_callback<std::remove_cvref_t<Args>>(args, callback.origin()), ...);
    try {
        std::move(callback)(std::forward<Args>(args)...);
        return true;
    } catch (...) {
        scope.report_exception();
        return false;
    }
}

/// As above, for an event. The handler is copied, so it may replace itself.
template <class... Params, class... Args>
bool dispatch(Handler<void(Params...)> handler, Args&&... args) noexcept {
    if (!handler) return true;
    DispatchScope scope{handler.origin()};
    (name_callback<std::remove_cvref_t<Args>>(args, handler.origin()), ...);
    try {
        handler(std::forward<Args>(args)...);
        return true;
    } catch (...) {
        scope.report_exception();
        return false;
    }
}

}  // namespace gyre::detail
