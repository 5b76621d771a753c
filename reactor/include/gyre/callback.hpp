#pragma once

#include <gyre/chain.hpp>
#include <gyre/export.hpp>
#include <gyre/quiet_scope.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <source_location>
#include <type_traits>
#include <utility>

namespace gyre {

template <class Signature>
class Callback;
template <class Signature>
class Handler;

namespace detail {

/// Reports that a callback was destroyed without having been called. Silent while its owner (a
/// reactor, a server) is being destroyed.
GYRE_API void report_dropped(const Origin& origin) noexcept;

/// Logs, if checks are on, that a callback was called which had been called or moved from before.
GYRE_API void report_called_again(const Origin& origin) noexcept;

template <class T>
inline constexpr bool is_callback = false;
template <class Signature>
inline constexpr bool is_callback<Callback<Signature>> = true;
template <class Signature>
inline constexpr bool is_callback<Handler<Signature>> = true;

/// A function pointer or a std::function that holds nothing cannot be called.
template <class F>
bool holds_nothing(const F& function) noexcept {
    if constexpr (!std::is_function_v<F> && requires { function == nullptr; })
        return function == nullptr;
    else
        return false;
}

}  // namespace detail

/// A completion handler: called at most once, moved but never copied.
///
/// Converts from anything that can be called with the arguments: a lambda (also one with move-only
/// captures), a function, a `std::function`. Captures up to 40 bytes need no allocation. It
/// remembers the place where it was made; a function that wraps a user's callback takes a
/// `std::source_location` default argument and hands it on. One that is destroyed uncalled is
/// reported to `Reactor::on_unhandled_error` as `Errc::callback_dropped`, unless `discard` was
/// said.
///
/// To call it is to consume it: `std::move(callback)(arguments…)`, so a second call does not
/// compile unnoticed. A moved-from or default-constructed Callback is empty; calling it does
/// nothing.
template <class... Args>
class Callback<void(Args...)> {
public:
    Callback() noexcept = default;
    Callback(std::nullptr_t) noexcept {}

    template <class F>
        requires(!detail::is_callback<std::remove_cvref_t<F>> &&
                 std::invocable<std::decay_t<F>&, Args...>)
    Callback(F&& function, std::source_location place = std::source_location::current())
        : origin_(detail::holds_nothing(function) ? detail::Origin{} : detail::Origin{place}) {
        if (detail::holds_nothing(function)) return;
        emplace<std::decay_t<F>>(std::forward<F>(function));
    }

    /// For code that wraps a callback: `function` in the name of the one registered at `origin`.
    template <class F>
        requires std::invocable<std::decay_t<F>&, Args...>
    Callback(F&& function, detail::Origin origin) : origin_(std::move(origin)) {
        emplace<std::decay_t<F>>(std::forward<F>(function));
    }

    Callback(Callback&& other) noexcept
        : origin_(std::move(other.origin_)), ops_(std::exchange(other.ops_, nullptr)) {
        if (ops_) take_storage(other);
    }
    Callback& operator=(Callback&& other) noexcept {
        if (this == &other) return *this;
        // The one before goes last: its captures may do anything, also to this very object.
        const Callback before{std::move(*this)};
        origin_ = std::move(other.origin_);
        ops_ = std::exchange(other.ops_, nullptr);
        if (ops_) take_storage(other);
        return *this;
    }
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;
    ~Callback() {
        if (!ops_) return;
        detail::report_dropped(origin_);
        destroy();
    }

    /// Calls and consumes it. The captures are destroyed when the call returns or throws.
    void operator()(Args... args) && {
        if (!ops_) return detail::report_called_again(origin_);
        Callback self{std::move(*this)};
        self.call_in_place(std::forward<Args>(args)...);
    }

    /// The same for a caller whose Callback nobody else can reach meanwhile: it need not be moved
    /// first, and its origin stays.
    void call_in_place(Args... args) {
        const Ops* ops = std::exchange(ops_, nullptr);
        struct Destroy {
            const Ops* ops;
            void* storage;
            ~Destroy() {
                if (ops->destroy) ops->destroy(storage);
            }
        } destroy{ops, storage_};
        ops->invoke(storage_, std::forward<Args>(args)...);
    }

    /// Calls it but keeps the captures, for a caller on another thread than theirs. Afterwards it
    /// may only be discarded, on their own.
    void call_and_keep(Args... args) {
        if (ops_) ops_->invoke(storage_, std::forward<Args>(args)...);
    }

    /// Destroys the captures, callbacks among them too, without a call and without a report.
    void discard() noexcept {
        if (!ops_) return;
        if (!ops_->destroy) return void(ops_ = nullptr);
        const detail::QuietScope quiet;
        destroy();
    }

    explicit operator bool() const noexcept { return ops_ != nullptr; }
    /// Where it was registered.
    std::source_location place() const noexcept { return origin_.place(); }
    const detail::Origin& origin() const noexcept { return origin_; }

private:
    struct Ops {
        void (*invoke)(void*, Args&&...);
        void (*move)(void* from, void* to) noexcept;  // null: copying the bytes does it
        void (*destroy)(void*) noexcept;              // null: there is nothing to do
    };
    static constexpr std::size_t capacity = 40;

    template <class F>
    static constexpr bool is_small = sizeof(F) <= capacity && alignof(F) <= alignof(void*) &&
                                     std::is_nothrow_move_constructible_v<F>;

    void take_storage(Callback& other) noexcept {
        if (ops_->move)
            ops_->move(other.storage_, storage_);
        else
            copy_words(other.storage_, storage_);
    }

    // One by one, as captures are mostly written as words: a wider load would have to wait until
    // such writes have reached the cache.
    static void copy_words(const std::byte* from, std::byte* to) noexcept {
        for (std::size_t at = 0; at < capacity; at += sizeof(std::uintptr_t)) {
            std::uintptr_t word = 0;
            std::memcpy(&word, from + at, sizeof word);
            asm("" : "+r"(word));  // so that the compiler does not merge them
            std::memcpy(to + at, &word, sizeof word);
        }
    }

    void destroy() noexcept {
        const Ops* ops = std::exchange(ops_, nullptr);
        if (ops->destroy) ops->destroy(storage_);
    }

    template <class F, class... A>
    void emplace(A&&... args) {
        if constexpr (is_small<F>) {
            new (storage_) F(std::forward<A>(args)...);
            ops_ = &small_ops<F>;
        } else {
            new (storage_) F*(new F(std::forward<A>(args)...));
            ops_ = &large_ops<F>;
        }
    }

    template <class F>
    static F& small(void* storage) noexcept {
        return *std::launder(static_cast<F*>(storage));
    }
    template <class F>
    static F*& large(void* storage) noexcept {
        return *std::launder(static_cast<F**>(storage));
    }

    template <class F>
    static void move_small(void* from, void* to) noexcept {
        new (to) F(std::move(small<F>(from)));
        small<F>(from).~F();
    }

    template <class F>
    static void destroy_small(void* storage) noexcept {
        small<F>(storage).~F();
    }

    template <class F>
    static constexpr Ops small_ops{
        [](void* storage, Args&&... args) {
            std::invoke(small<F>(storage), std::forward<Args>(args)...);
        },
        std::is_trivially_copyable_v<F> ? nullptr : &move_small<F>,
        std::is_trivially_destructible_v<F> ? nullptr : &destroy_small<F>};

    template <class F>
    static constexpr Ops large_ops{[](void* storage, Args&&... args) {
                                       std::invoke(*large<F>(storage), std::forward<Args>(args)...);
                                   },
                                   nullptr,
                                   [](void* storage) noexcept { delete large<F>(storage); }};

    detail::Origin origin_;
    const Ops* ops_ = nullptr;
    alignas(void*) std::byte storage_[capacity];
};

}  // namespace gyre
