#include "chain_node.hpp"
#include "error_state.hpp"
#include <gyre/error_access.hpp>
#include <gyre/log.hpp>
#include <gyre/reactor.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>

namespace gyre {
namespace {

constexpr std::array names{"ok",
                           "canceled",
                           "closed",
                           "invalid_argument",
                           "already_in_progress",
                           "not_supported",
                           "end_of_stream",
                           "connection_reset",
                           "connection_refused",
                           "connection_aborted",
                           "broken_pipe",
                           "host_unreachable",
                           "address_in_use",
                           "address_not_available",
                           "permission_denied",
                           "out_of_descriptors",
                           "out_of_memory",
                           "timed_out",
                           "limit_exceeded",
                           "queue_full",
                           "delimiter_not_found",
                           "host_not_found",
                           "resolver_failed",
                           "tls_failed",
                           "certificate_rejected",
                           "host_name_mismatch",
                           "truncated",
                           "protocol_error",
                           "bad_url",
                           "too_many_redirects",
                           "http_status",
                           "unhandled_exception",
                           "callback_dropped",
                           "system"};
static_assert(names.size() == static_cast<std::size_t>(Errc::system) + 1);

std::string with_name(Errc kind, std::string message) {
    if (message.empty()) {
        message = to_string(kind);
        for (char& c : message)
            if (c == '_') c = ' ';
    }
    return message;
}

}  // namespace

std::string_view to_string(Errc kind) noexcept { return names[static_cast<std::size_t>(kind)]; }

Error::Error(Errc kind, std::string message, std::source_location place) {
    if (kind == Errc::ok) return;
    state_ = new detail::ErrorState;
    state_->kind = kind;
    state_->code = static_cast<int>(kind);
    state_->category = "gyre";
    state_->message = with_name(kind, std::move(message));
    state_->place = place;
    state_->sink = detail::current_sink();
}

Error::Error(const Error& other) noexcept : state_(other.state_) {
    if (state_) state_->references.fetch_add(1, std::memory_order_relaxed);
}

Error& Error::operator=(const Error& other) noexcept { return *this = Error{other}; }

Error& Error::operator=(Error&& other) noexcept {
    if (this != &other) {
        if (state_) release();
        state_ = std::exchange(other.state_, nullptr);
    }
    return *this;
}

void Error::release() noexcept {
    detail::ErrorState* state = std::exchange(state_, nullptr);
    if (state->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (state->looked_at.load(std::memory_order_relaxed) || detail::QuietScope::active()) {
        delete state;
        return;
    }
    // Nobody looked: the state lives on in the report, and is not reported twice.
    state->looked_at.store(true, std::memory_order_relaxed);
    state->references.store(1, std::memory_order_relaxed);
    Error last;
    last.state_ = state;
    const std::shared_ptr<detail::ErrorSink> sink = std::move(state->sink);
    if (sink)
        sink->report(std::move(last));
    else
        log(LogLevel::error, "an error that nobody looked at: " + state->message);
}

void Error::mark_looked_at() const noexcept {
    state_->looked_at.store(true, std::memory_order_relaxed);
}

Errc Error::kind() const noexcept {
    if (!*this) return Errc::ok;
    return state_->kind;
}

int Error::code() const noexcept { return *this ? state_->code : 0; }

std::string_view Error::category() const noexcept {
    return *this ? state_->category : std::string_view{};
}

const std::string& Error::message() const noexcept {
    static const std::string success = "success";
    return *this ? state_->message : success;
}

std::string_view Error::phase() const noexcept {
    return *this ? state_->phase : std::string_view{};
}

std::source_location Error::place() const noexcept {
    if (!*this) return {};
    return state_->has_origin ? state_->origin.place() : state_->place;
}

std::vector<std::source_location> Error::trace() const {
    if (!*this) return {};
    if (const detail::ChainNode* node = state_->origin.node()) return detail::chain_places(node);
    return {place()};
}

std::string Error::describe() const {
    std::string text = message();
    for (const std::source_location& place : trace())
        text += std::string{"\n  registered at "} + place.file_name() + ':' +
                std::to_string(place.line());
    return text;
}

void Error::ignore(std::string_view) const noexcept {
    if (state_) mark_looked_at();
}

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.message(); }

namespace detail {

Error ErrorAccess::make(Errc kind, int code, std::string_view category, std::string message,
                        std::source_location place) {
    Error error{kind, std::move(message), place};
    if (!error.state_) return error;
    error.state_->code = code;
    error.state_->category = category;
    return error;
}

Error ErrorAccess::copy_looked_at(const Error& error) {
    if (!error.state_) return {};
    Error copy = make(error.state_->kind, error.state_->code, error.state_->category,
                      error.state_->message, error.state_->place);
    copy.state_->phase = error.state_->phase;
    copy.mark_looked_at();
    return copy;
}

Errc ErrorAccess::kind(const Error& error) noexcept {
    return error.state_ ? error.state_->kind : Errc::ok;
}

std::string_view ErrorAccess::message(const Error& error) noexcept {
    return error.state_ ? std::string_view{error.state_->message} : std::string_view{};
}

void ErrorAccess::mark_looked_at(const Error& error) noexcept {
    if (error.state_) error.mark_looked_at();
}

void ErrorAccess::set_origin(const Error& error, const Origin& origin) noexcept {
    if (!error.state_ || error.state_->has_origin) return;
    if (origin.place().line() == 0) return;  // a step of the library's own passes it on
    error.state_->has_origin = true;
    error.state_->origin = origin;
    if (!error.state_->sink) error.state_->sink = current_sink();
}

void ErrorAccess::set_phase(const Error& error, std::string_view phase) noexcept {
    if (error.state_ && error.state_->phase.empty()) error.state_->phase = phase;
}

void ErrorAccess::add_context(const Error& error, std::string_view prefix) {
    if (error.state_) error.state_->message.insert(0, std::string{prefix} + ": ");
}

Error canceled_by_user(std::string message, std::source_location place) {
    Error error{Errc::canceled, std::move(message), place};
    ErrorAccess::mark_looked_at(error);
    return error;
}

namespace {
thread_local int quiet_depth = 0;

// A reactor may be a static of the program and then outlives the thread's own variables: nothing
// but this flag may be touched by then.
thread_local bool sinks_gone = false;

struct ThreadSinks {
    ~ThreadSinks() { sinks_gone = true; }
    std::vector<std::shared_ptr<ErrorSink>> stack;
};
thread_local ThreadSinks thread_sinks;
}  // namespace

QuietScope::QuietScope() noexcept { ++quiet_depth; }

QuietScope::~QuietScope() { --quiet_depth; }

bool QuietScope::active() noexcept { return quiet_depth != 0; }

std::shared_ptr<ErrorSink> current_sink() noexcept {
    if (sinks_gone) return nullptr;
    auto& stack = thread_sinks.stack;
    // A reactor that was destroyed on another thread could not take its own out.
    while (!stack.empty() && !stack.back()->open())
        stack.pop_back();
    return stack.empty() ? nullptr : stack.back();
}

void push_sink(const std::shared_ptr<ErrorSink>& sink) noexcept {
    if (!sinks_gone) thread_sinks.stack.push_back(sink);
}

void pop_sink(const std::shared_ptr<ErrorSink>& sink) noexcept {
    if (sinks_gone) return;
    auto& stack = thread_sinks.stack;
    const auto last = std::find(stack.rbegin(), stack.rend(), sink);
    if (last != stack.rend()) stack.erase(std::next(last).base());
}

void report_called_again(const Origin& origin) noexcept {
    static const bool checks = ReactorOptions::default_checks();
    if (!checks || origin.place().line() == 0) return;
    log(LogLevel::error, std::string{"the callback registered at "} + origin.place().file_name() +
                             ':' + std::to_string(origin.place().line()) +
                             " was called again, or after it was moved from");
}

void report_dropped(const Origin& origin) noexcept {
    if (QuietScope::active()) return;
    // The error is made and let go: being reported is its whole purpose.
    const Error error{Errc::callback_dropped, "a callback was dropped without being called",
                      origin.place()};
    ErrorAccess::set_origin(error, origin);
}

}  // namespace detail
}  // namespace gyre
