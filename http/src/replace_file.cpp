#include "replace_file.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::system_error;

// A file beside the one that it is to replace; removed unless it did.
class NewFile {
public:
    explicit NewFile(const std::string& path) : path_(path + ".XXXXXX") {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (made_) ::unlink(path_.c_str());
    }

    Error open() {
        descriptor_ = ::mkostemp(path_.data(), O_CLOEXEC);  // mode 0600
        if (descriptor_ < 0) return system_error(errno, "create a file beside it");
        made_ = true;
        return {};
    }

    Error write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return system_error(errno, "write");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    // Some file systems tell only here that the data did not fit.
    Error close() {
        if (descriptor_ < 0) return {Errc::closed, "the file is not open"};
        if (::fsync(descriptor_) != 0) return system_error(errno, "fsync");
        if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR)
            return system_error(errno, "close");
        return {};
    }

    Error rename_to(const std::string& path) {
        if (std::rename(path_.c_str(), path.c_str()) != 0) return system_error(errno, "rename");
        made_ = false;
        return {};
    }

private:
    std::string path_;
    int descriptor_ = -1;
    bool made_ = false;
};

}  // namespace

Error replace_file(const std::string& path, std::string_view content) {
    if (path.find('\0') != std::string::npos)
        return {Errc::invalid_argument, "a path with a NUL byte"};
    NewFile file{path};
    Error error = file.open();
    if (!ErrorAccess::failed(error)) error = file.write(content);
    if (!ErrorAccess::failed(error)) error = file.close();
    if (!ErrorAccess::failed(error)) error = file.rename_to(path);
    if (ErrorAccess::failed(error)) ErrorAccess::add_context(error, path);
    return error;
}

}  // namespace gyre::http::detail
