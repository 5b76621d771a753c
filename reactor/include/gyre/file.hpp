#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gyre {

struct FileResult;

/// A regular file that is open for reading, to be sent by `IOStream::send_file` or an HTTP
/// response.
///
/// A reference: its copies share one descriptor, which is closed with the last of them. What it
/// tells of the file is as it was when the file was taken; the file itself may change meanwhile.
/// Default-constructed it is no file. Copying, destroying and asking is allowed on any thread.
class GYRE_API File {
public:
    using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

    File() noexcept = default;
    /// Opens a file at once, on this thread, following symbolic links. It cannot hang: a FIFO or a
    /// device is refused like anything that is not a regular file, with `invalid_argument`. Other
    /// errors: `permission_denied`, `out_of_descriptors`, else `system` with the errno as `code()`,
    /// as ENOENT.
    static FileResult open(const std::string& path);
    /// Takes over a descriptor that is open for reading; after an error it is still the caller's.
    static FileResult take(int descriptor);

    explicit operator bool() const noexcept { return data_ != nullptr; }
    /// -1 if there is no file. Its position in the file is of no account.
    int descriptor() const noexcept;
    /// In bytes.
    std::uint64_t size() const noexcept;
    /// When its content was last written, which programs may set, and when anything of it last
    /// changed, which they cannot.
    Time modified() const noexcept;
    Time changed() const noexcept;
    /// When it was taken.
    Time opened() const noexcept;
    std::uint64_t device() const noexcept;
    std::uint64_t inode() const noexcept;

private:
    struct Data;
    std::shared_ptr<const Data> data_;
};

struct FileResult {
    Error error{};
    File file{};
};

namespace detail {

/// Consecutive bytes of an open file.
struct FileRange {
    File file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    /// `length` bytes of `file`, or with `unlimited` all from `offset` on; nothing if there is no
    /// file or it had fewer bytes when it was taken.
    GYRE_API static std::optional<FileRange> of(const File& file, std::uint64_t offset,
                                                std::uint64_t length);
    /// All of it, at once, on this thread; nothing if it cannot be read or the file has got shorter.
    GYRE_API std::optional<std::string> read() const;
};

}  // namespace detail
}  // namespace gyre
