#pragma once

#include "part_head.hpp"
#include <gyre/callback.hpp>
#include <gyre/handler.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http::detail {

class MultipartCore;

/// What a MultipartPart refers to. Its reader fills it in and calls its callbacks.
class MultipartPartState {
public:
    MultipartPartState(gyre::detail::ReactorRef home, std::weak_ptr<MultipartCore> reader) noexcept
        : reactor(std::move(home)), core(std::move(reader)) {}

    /// Releases the callbacks uncalled.
    void release() noexcept {
        over = true;
        const Handler<void(std::string_view)> last = std::exchange(on_data, {});
        on_finish.discard();
        read.discard();
    }

    PartHead head;
    gyre::detail::ReactorRef reactor;
    std::weak_ptr<MultipartCore> core;
    Handler<void(std::string_view)> on_data;
    Callback<void(Error)> on_finish;
    Callback<void(Error, std::string)> read;
    std::string text;        // for `read`
    std::uint64_t size = 0;  // of the data that went by
    bool over = false;
};

}  // namespace gyre::http::detail
