#include "tls_server_name.hpp"

#include <algorithm>

namespace gyre::detail {
namespace {

constexpr std::size_t max_name = 255;
constexpr unsigned char host_name_type = 0;

/// Takes numbers and strings off the front of bytes.
class Reader {
public:
    explicit Reader(std::span<const unsigned char> bytes) noexcept : bytes_(bytes) {}

    std::size_t left() const noexcept { return bytes_.size(); }
    /// `size` bytes, or nothing if there are fewer.
    std::optional<std::span<const unsigned char>> take(std::size_t size) noexcept {
        if (bytes_.size() < size) return std::nullopt;
        const auto taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }
    /// As many as the two bytes before them say.
    std::optional<std::span<const unsigned char>> take_counted() noexcept {
        const auto count = take(2);
        if (!count) return std::nullopt;
        return take(static_cast<std::size_t>((*count)[0]) << 8 | (*count)[1]);
    }

private:
    std::span<const unsigned char> bytes_;
};

bool is_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= max_name &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

// RFC 6066 allows one name of each type, and host names are the only type there is. OpenSSL, too,
// looks at the first entry only.
std::optional<std::string> parse_server_name(std::span<const unsigned char> extension) {
    Reader whole{extension};
    const auto list = whole.take_counted();
    if (!list || list->empty() || whole.left() > 0) return std::nullopt;
    Reader entry{*list};
    const auto type = entry.take(1);
    const auto bytes = entry.take_counted();
    if (!type || type->front() != host_name_type || !bytes || entry.left() > 0) return std::nullopt;
    const std::string_view name{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    if (!is_name(name)) return std::nullopt;
    return comparable_name(name);
}

std::string comparable_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    std::string lower{name};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

}  // namespace gyre::detail
