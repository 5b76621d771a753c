#pragma once

#include <gyre/chain.hpp>
#include <gyre/error.hpp>
#include <gyre/error_access.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::detail {

/// Where unhandled errors go; outlives its reactor. Any thread.
class ErrorSink {
public:
    virtual ~ErrorSink() = default;
    virtual void report(Error error) noexcept = 0;
    /// False once its reactor is gone.
    virtual bool open() const noexcept = 0;
    /// Its reactor goes.
    virtual void detach() noexcept = 0;
};

/// The sink of the reactor that runs on this thread, else of the one that was made last and still
/// lives; null if there is none.
std::shared_ptr<ErrorSink> current_sink() noexcept;
/// Makes `sink` this thread's, over the one before it.
void push_sink(const std::shared_ptr<ErrorSink>& sink) noexcept;
/// Takes back the last `push_sink` of it on this thread, if there was one.
void pop_sink(const std::shared_ptr<ErrorSink>& sink) noexcept;

struct ErrorState {
    std::atomic<std::uint32_t> references{1};
    std::atomic<bool> looked_at{false};
    Errc kind = Errc::ok;
    int code = 0;
    std::string_view category;
    std::string message;
    std::string_view phase;
    std::source_location place;
    Origin origin;
    bool has_origin = false;
    std::shared_ptr<ErrorSink> sink;
};

}  // namespace gyre::detail
