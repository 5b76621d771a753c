#pragma once

#include <gyre/callback.hpp>

#include <memory>

namespace gyre {

/// The multi-shot sibling of `Callback`, for events that may come many times (`on_data`, routes) or
/// never. Copyable: copies share one target, so its captures may be move-only. It is const to call.
///
/// Calling an empty Handler does nothing. The target lives at least as long as the call that runs
/// it when the caller holds a copy; the library always does.
template <class... Args>
class Handler<void(Args...)> {
public:
    Handler() noexcept = default;
    Handler(std::nullptr_t) noexcept {}

    template <class F>
        requires(!detail::is_callback<std::remove_cvref_t<F>> &&
                 std::invocable<std::decay_t<F>&, Args...>)
    Handler(F&& function, std::source_location place = std::source_location::current()) {
        if (detail::holds_nothing(function)) return;
        target_ = std::make_shared<Target<std::decay_t<F>>>(std::forward<F>(function),
                                                            detail::Origin{place});
    }

    void operator()(Args... args) const {
        if (target_) target_->invoke(std::forward<Args>(args)...);
    }

    explicit operator bool() const noexcept { return target_ != nullptr; }
    /// Where it was registered.
    std::source_location place() const noexcept { return origin().place(); }
    const detail::Origin& origin() const noexcept {
        static const detail::Origin none;
        return target_ ? target_->origin : none;
    }

private:
    struct TargetBase {
        explicit TargetBase(detail::Origin from) : origin(std::move(from)) {}
        virtual ~TargetBase() = default;
        virtual void invoke(Args&&... args) = 0;
        detail::Origin origin;
    };
    template <class F>
    struct Target final : TargetBase {
        template <class A>
        Target(A&& f, detail::Origin from)
            : TargetBase(std::move(from)), function(std::forward<A>(f)) {}
        void invoke(Args&&... args) override { std::invoke(function, std::forward<Args>(args)...); }
        F function;
    };

    std::shared_ptr<TargetBase> target_;
};

}  // namespace gyre
