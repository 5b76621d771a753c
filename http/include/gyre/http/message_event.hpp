#pragma once

#include <string>

namespace gyre::http {

/// An event that an `EventSource` received (the browser's `MessageEvent`, WHATWG HTML section
/// 9.2.6). The text is as the server sent it, which should be UTF-8 but need not be.
struct MessageEvent {
    std::string type{};           ///< What its `event` field said, else "message".
    std::string data{};           ///< Its `data` fields, with a line feed between each two.
    std::string last_event_id{};  ///< Its `id`, else that of the last event that had one.
};

}  // namespace gyre::http
