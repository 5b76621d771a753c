#include "file_validators.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace gyre::http::detail {
namespace {

constexpr std::chrono::milliseconds tick{50};
constexpr std::chrono::seconds coarse_tick{2};

bool may_change_unseen(const File& file) noexcept {
    const auto fraction = file.changed() - std::chrono::floor<std::chrono::seconds>(file.changed());
    return file.opened() - file.changed() < (fraction.count() == 0 ? coarse_tick : tick);
}

}  // namespace

ETag etag_of(const gyre::detail::FileRange& part) {
    const auto number = [](const File::Time& time) {
        return static_cast<std::uint64_t>(time.time_since_epoch().count());
    };
    const File& file = part.file;
    std::string state;
    for (const std::uint64_t value :
         {file.device(), file.inode(), file.size(), number(file.modified()), number(file.changed()),
          part.offset, part.length})
        state.append(std::to_string(value)).append(" ");
    ETag tag = ETag::of(state);
    tag.weak = may_change_unseen(file);
    return tag;
}

std::chrono::sys_seconds last_modified(const File& file) noexcept {
    return std::chrono::floor<std::chrono::seconds>(std::min(file.modified(), file.opened()));
}

}  // namespace gyre::http::detail
