#pragma once

#include <gyre/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// A new file that is being written, readable for its owner only. Blocks, so a server uses it on
/// the executor's threads; by one at a time. Unless it was finished, destroying it removes what was
/// made.
class NewFile {
public:
    explicit NewFile(std::string path) noexcept : path_(std::move(path)) {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() { remove(); }

    /// Makes the file the first time; it must not exist.
    Error write(std::string_view bytes);
    /// Closes it, to stay.
    Error finish();
    /// The same in place of what is at this path, in one step, once all has reached the disk.
    Error finish_as(std::string path);
    void remove() noexcept;

    const std::string& path() const noexcept { return path_; }
    std::uint64_t size() const noexcept { return size_; }

private:
    Error open();
    Error close();

    std::string path_;
    std::uint64_t size_ = 0;
    int descriptor_ = -1;
    bool made_ = false;
};

}  // namespace gyre::http::detail
