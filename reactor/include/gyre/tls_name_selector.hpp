#pragma once

#include <gyre/chain.hpp>
#include <gyre/export.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gyre {

class TLSContext;

namespace detail {

/// The function of a `TLSNameSelector`, and where it was made.
struct NameSelection {
    std::function<TLSContext(std::string_view)> select;
    Origin origin;
};

}  // namespace detail

/// Chooses a server's context by the name that a client asks for (SNI): a function that takes a
/// `std::string_view` and returns a `TLSContext`. The name comes in lower case, without a final
/// dot, and is valid during the call. An empty context stands for the server's own.
///
/// It is called during the handshake, on the thread of the connection's reactor: it must not block,
/// and where several reactors share a context it must be safe on all their threads. An exception,
/// or a context that is none of a server's, refuses the handshake and is reported.
///
/// Copies share one function and are equal; two that were made apart never are.
class GYRE_API TLSNameSelector {
public:
    TLSNameSelector() noexcept = default;

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, TLSNameSelector> &&
                 std::is_invocable_r_v<TLSContext, std::decay_t<F>&, std::string_view>)
    TLSNameSelector(F&& select, std::source_location place = std::source_location::current())
        : target_(std::make_shared<detail::NameSelection>(
              detail::NameSelection{std::forward<F>(select), detail::Origin{place}})) {}

    explicit operator bool() const noexcept { return target_ != nullptr; }
    friend bool operator==(const TLSNameSelector&, const TLSNameSelector&) = default;

    /// Calls the function, of which there has to be one.
    TLSContext operator()(std::string_view server_name) const;
    /// Where it was made.
    const detail::Origin& origin() const noexcept { return target_->origin; }

private:
    std::shared_ptr<const detail::NameSelection> target_;
};

}  // namespace gyre
