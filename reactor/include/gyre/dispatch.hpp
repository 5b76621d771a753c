#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/error_access.hpp>
#include <gyre/handler.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace gyre::detail {

class LoopMeter;

/// What the loop of this thread is doing: written by every dispatch, read also by the watchdog's
/// thread. An extension point for protocols built on gyre.
struct DispatchState {
    static constexpr std::uint64_t remembered = 16;

    std::atomic<ChainNode*> node{nullptr};     // of the callback that runs, if it is traced
    LoopMeter* meter = nullptr;                // of the reactor that runs
    bool exact = false;                        // every callback is timed, not one in sixteen
    std::atomic<std::uint64_t> dispatched{0};  // callbacks of the program begun so far
    std::atomic<std::uint32_t> running{0};     // how many of them have not ended
    /// Where the last ones were registered, each at its number modulo `remembered`.
    std::array<std::atomic<std::source_location>, remembered> recent{};
};
extern GYRE_API constinit thread_local DispatchState dispatch_state;

/// The frame around a user's callback: while it lives, the callback's origin is the parent of every
/// callback that is registered. The origin must outlive it. An extension point for protocols built
/// on gyre.
class GYRE_API DispatchScope {
public:
    explicit DispatchScope(const Origin& origin) noexcept
        : origin_(origin),
          state_(dispatch_state),
          outer_(state_.node.load(std::memory_order_relaxed)) {
        state_.node.store(origin.node(), std::memory_order_relaxed);
        // The library's own steps have no place, or that of the callback they end in: it is counted
        // once.
        if (origin.place().line() == 0 || (outer_ && outer_ == origin.node())) return;
        counted_ = true;
        const std::uint64_t number = state_.dispatched.load(std::memory_order_relaxed) + 1;
        state_.recent[number % DispatchState::remembered].store(origin.place(),
                                                                std::memory_order_relaxed);
        state_.running.store(state_.running.load(std::memory_order_relaxed) + 1,
                             std::memory_order_relaxed);
        state_.dispatched.store(number, std::memory_order_release);
        if (number % DispatchState::remembered == 0 || state_.exact || origin.node())
            begin_timing();
    }
    DispatchScope(const DispatchScope&) = delete;
    DispatchScope& operator=(const DispatchScope&) = delete;
    ~DispatchScope() {
        if (counted_) {
            if (started_ != 0) end_timing();
            state_.running.store(state_.running.load(std::memory_order_relaxed) - 1,
                                 std::memory_order_release);
        }
        state_.node.store(outer_, std::memory_order_relaxed);
    }

    /// Inside a catch block: the exception as an Error, reported to `on_unhandled_error`.
    void report_exception() noexcept;

private:
    void begin_timing() noexcept;
    void end_timing() noexcept;

    const Origin& origin_;
    DispatchState& state_;
    ChainNode* outer_;
    std::uint64_t started_ = 0;  // if it is timed
    bool counted_ = false;
};

template <class Argument>
void name_callback(const Argument& argument, const Origin& origin) noexcept {
    if constexpr (std::same_as<Argument, Error>) ErrorAccess::set_origin(argument, origin);
}

/// Calls a user's callback that nothing but the caller can reach, and leaves it empty but for its
/// origin. Otherwise as `dispatch`.
template <class... Params, class... Args>
bool dispatch_in_place(Callback<void(Params...)>& callback, Args&&... args) noexcept {
    if (!callback) return true;
    DispatchScope scope{callback.origin()};
    (name_callback<std::remove_cvref_t<Args>>(args, callback.origin()), ...);
    try {
        callback.call_in_place(std::forward<Args>(args)...);
        return true;
    } catch (...) {
        scope.report_exception();
        return false;
    }
}

/// Calls a user's callback on the reactor's thread. An exception that leaves it is reported and
/// false returned; everything the caller holds may have changed afterwards.
template <class... Params, class... Args>
bool dispatch(Callback<void(Params...)>&& callback, Args&&... args) noexcept {
    // What it is a member of may go while it runs.
    Callback<void(Params...)> own{std::move(callback)};
    return dispatch_in_place(own, std::forward<Args>(args)...);
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
