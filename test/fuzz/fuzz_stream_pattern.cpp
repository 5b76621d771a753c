// A regular expression over a stream: however the bytes are cut, the match ends at the same place.
// The input is a byte that says how to cut, the pattern up to a NUL, and the text.

#include "stream_pattern.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::StreamPattern;

void require(bool condition) {
    if (!condition) std::abort();
}

std::optional<std::size_t> end_of_match(std::string_view pattern, std::string_view text,
                                        std::size_t piece) {
    StreamPattern machine{pattern};
    if (ErrorAccess::failed(machine.error())) {
        require(ErrorAccess::message(machine.error()).starts_with("regular expression: "));
        ErrorAccess::mark_looked_at(machine.error());
    }
    for (std::size_t at = 0; at < text.size(); at += piece) {
        // A copy of the exact size lets a sanitizer see a read beyond it.
        const std::string bytes{text.substr(at, piece)};
        const std::optional<std::size_t> found = machine.feed(bytes);
        if (!found) continue;
        require(*found > 0 && *found <= bytes.size());
        return at + *found;
    }
    return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const std::size_t end = std::min(input.find('\0', 1), size);
    const std::string_view pattern = input.substr(1, end - 1);
    const std::string_view text = input.substr(std::min(end + 1, size));
    const std::optional<std::size_t> whole =
        end_of_match(pattern, text, std::max<std::size_t>(size, 1));
    require(end_of_match(pattern, text, 1 + data[0] % 7U) == whole);
    // What comes behind the match has no part in it, and without its last byte there is none.
    if (!whole) return 0;
    require(end_of_match(pattern, text.substr(0, *whole), size) == whole);
    require(!end_of_match(pattern, text.substr(0, *whole - 1), size));
    return 0;
}
