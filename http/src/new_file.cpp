#include "new_file.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::system_error;

}  // namespace

Error NewFile::open() {
    do {
        descriptor_ =
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) return system_error(errno, "create " + path_);
    made_ = true;
    return {};
}

Error NewFile::write(std::string_view bytes) {
    if (descriptor_ < 0) {
        Error error = open();
        if (ErrorAccess::failed(error)) return error;
    }
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_error(errno, "write to " + path_);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
    return {};
}

Error NewFile::close() {
    // Some file systems tell only here that the data did not fit.
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR)
        return system_error(errno, "close " + path_);
    return {};
}

Error NewFile::finish() {
    if (Error error = close(); ErrorAccess::failed(error)) return error;
    made_ = false;
    return {};
}

Error NewFile::finish_as(std::string path) {
    if (::fsync(descriptor_) != 0) return system_error(errno, "sync " + path_);
    if (Error error = close(); ErrorAccess::failed(error)) return error;
    if (std::rename(path_.c_str(), path.c_str()) != 0)
        return system_error(errno, "rename " + path_ + " to " + path);
    made_ = false;
    path_ = std::move(path);
    return {};
}

void NewFile::remove() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    if (std::exchange(made_, false)) ::unlink(path_.c_str());
}

}  // namespace gyre::http::detail
