#include "chain_node.hpp"
#include "error_state.hpp"
#include <gyre/dispatch.hpp>

#include <exception>
#include <string>

namespace gyre::detail {

DispatchScope::DispatchScope(const Origin& origin) noexcept
    : origin_(origin), outer_(running_node()) {
    set_running_node(origin_.node());
}

DispatchScope::~DispatchScope() { set_running_node(outer_); }

void DispatchScope::report_exception() noexcept {
    std::string text = "an exception left a callback";
    try {
        throw;
    } catch (const std::exception& exception) {
        text += std::string{": "} + exception.what();
    } catch (...) {
        text += " (not a std::exception)";
    }
    // Made and let go unseen, it goes to on_unhandled_error.
    const Error error{Errc::unhandled_exception, std::move(text), origin_.place()};
    ErrorAccess::set_origin(error, origin_);
}

}  // namespace gyre::detail
