#pragma once

#include <gyre/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// A new file that is being written. Blocks, so it is used on the executor's threads, by one at a
/// time. Unless it was finished, destroying it removes what was made.
class UploadFile {
public:
    explicit UploadFile(std::string path) noexcept : path_(std::move(path)) {}
    UploadFile(const UploadFile&) = delete;
    UploadFile& operator=(const UploadFile&) = delete;
    ~UploadFile() { remove(); }

    /// Makes the file the first time; it must not exist.
    Error write(std::string_view bytes);
    /// Closes it, to stay.
    Error finish();
    void remove() noexcept;

    const std::string& path() const noexcept { return path_; }
    std::uint64_t size() const noexcept { return size_; }

private:
    Error open();

    std::string path_;
    std::uint64_t size_ = 0;
    int descriptor_ = -1;
    bool made_ = false;
};

}  // namespace gyre::http::detail
