#include "read_file.hpp"
#include "unique_descriptor.hpp"
#include <gyre/error_access.hpp>
#include <gyre/file.hpp>
#include <gyre/limits.hpp>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace gyre {
namespace {

File::Time time_of(const timespec& time) noexcept {
    // What nanoseconds can tell ends in the year 2262; files may have later times.
    using std::chrono::floor, std::chrono::seconds;
    if (time.tv_sec >= floor<seconds>(File::Time::max()).time_since_epoch().count())
        return File::Time::max();
    if (time.tv_sec < floor<seconds>(File::Time::min()).time_since_epoch().count() + 1)
        return File::Time::min();
    return File::Time{seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

}  // namespace

struct File::Data {
    detail::UniqueDescriptor descriptor;
    std::uint64_t size = 0;
    Time modified{};
    Time changed{};
    Time opened{};
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
};

FileResult File::open(const std::string& path) {
    if (path.find('\0') != std::string::npos)
        return {.error = {Errc::invalid_argument, "a path with a NUL byte"}};
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    detail::UniqueDescriptor descriptor =
        detail::lift_above_stdio(detail::UniqueDescriptor{::open(path.c_str(), flags)});
    if (!descriptor) return {.error = detail::system_error(errno, "open " + path)};
    FileResult result = take(descriptor.get());
    if (result.file) static_cast<void>(descriptor.release());
    if (detail::ErrorAccess::failed(result.error))
        detail::ErrorAccess::add_context(result.error, path);
    return result;
}

FileResult File::take(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) return {.error = detail::system_error(errno, "fstat")};
    if (!S_ISREG(status.st_mode)) return {.error = {Errc::invalid_argument, "not a regular file"}};
    auto data = std::make_shared<Data>();
    data->size = static_cast<std::uint64_t>(status.st_size);
    data->modified = time_of(status.st_mtim);
    data->changed = time_of(status.st_ctim);
    data->opened = std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
    data->device = status.st_dev;
    data->inode = status.st_ino;
    data->descriptor.reset(descriptor);  // last, as nothing fails any more
    FileResult result;
    result.file.data_ = std::move(data);
    return result;
}

int File::descriptor() const noexcept { return data_ ? data_->descriptor.get() : -1; }
std::uint64_t File::size() const noexcept { return data_ ? data_->size : 0; }
File::Time File::modified() const noexcept { return data_ ? data_->modified : Time{}; }
File::Time File::changed() const noexcept { return data_ ? data_->changed : Time{}; }
File::Time File::opened() const noexcept { return data_ ? data_->opened : Time{}; }
std::uint64_t File::device() const noexcept { return data_ ? data_->device : 0; }
std::uint64_t File::inode() const noexcept { return data_ ? data_->inode : 0; }

std::optional<detail::FileRange> detail::FileRange::of(const File& file, std::uint64_t offset,
                                                       std::uint64_t length) {
    constexpr std::uint64_t to_the_end = unlimited;
    if (!file || offset > file.size()) return std::nullopt;
    const std::uint64_t most = file.size() - offset;
    if (length == to_the_end) length = most;
    if (length > most) return std::nullopt;
    return FileRange{file, offset, length};
}

std::optional<std::string> detail::FileRange::read() const {
    std::string bytes(length, '\0');
    const IOResult result = read_file(file.descriptor(), offset, bytes);
    ErrorAccess::mark_looked_at(result.error);
    return result.status == IOStatus::ok ? std::optional{std::move(bytes)} : std::nullopt;
}

}  // namespace gyre
