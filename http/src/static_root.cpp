#include "static_root.hpp"

#include "static_path.hpp"
#include <gyre/error_access.hpp>

#include <linux/openat2.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gyre::http::detail {
namespace {

// Reading a FIFO or a terminal must not hang, nor make it the program's own.
constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

/// Closes a descriptor, and leaves errno alone.
class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(-1); }

    int get() const noexcept { return number_; }
    int release() noexcept { return std::exchange(number_, -1); }
    void reset(int number) noexcept {
        const int error_number = errno;
        if (number_ >= 0) ::close(number_);
        number_ = number;
        errno = error_number;
    }

private:
    int number_;
};

int open_by_system(int root, const char* name, int flags) noexcept {
    open_how how{};
    how.flags = static_cast<unsigned>(flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    // A rename at the same time makes the system give up, now and then.
    for (int tries = 0; tries < 16; ++tries) {
        const long opened = ::syscall(SYS_openat2, root, name, &how, sizeof how);
        if (opened >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(opened);
    }
    return -1;
}

// No segment is ".." or empty, and none is a link, so no step leads out.
int open_by_hand(int root, std::string_view name, int flags) noexcept {
    Descriptor folder{::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    for (;;) {
        if (folder.get() < 0) return -1;
        const std::size_t slash = name.find('/');
        const std::string segment{name.substr(0, slash)};
        if (slash == std::string_view::npos)
            return ::openat(folder.get(), segment.c_str(), flags | O_NOFOLLOW);
        folder.reset(
            ::openat(folder.get(), segment.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        name.remove_prefix(slash + 1);
    }
}

}  // namespace

StaticRoot::StaticRoot(const std::string& path, Resolver resolver) noexcept
    : folder_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      error_(folder_ < 0 ? errno : 0),
      resolver_(resolver) {}

StaticRoot::~StaticRoot() {
    if (folder_ >= 0) ::close(folder_);
}

int StaticRoot::open_beneath(const std::string& name, int flags) const noexcept {
    errno = error_;
    if (folder_ < 0) return -1;
    const char* const path = name.empty() ? "." : name.c_str();
    if (resolver_ == Resolver::system) {
        const int opened = open_by_system(folder_, path, flags);
        // The kernel is old, or a sandbox does not know the call.
        if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return opened;
    }
    return open_by_hand(folder_, path, flags);
}

StaticEntry StaticRoot::open(const std::string& name) const {
    Descriptor opened{open_beneath(name, open_flags)};
    if (opened.get() < 0) return {.error = errno};
    FileResult result = File::take(opened.get());
    if (result.file) {
        static_cast<void>(opened.release());
        return {.file = std::move(result.file)};
    }
    gyre::detail::ErrorAccess::mark_looked_at(result.error);
    struct stat status{};
    if (::fstat(opened.get(), &status) == 0 && S_ISDIR(status.st_mode)) return {.directory = true};
    return {.error = ENOENT};
}

std::vector<ListedName> StaticRoot::list(const std::string& name, bool hidden_too,
                                         std::size_t most) const {
    std::vector<ListedName> names;
    Descriptor opened{open_beneath(name, open_flags | O_DIRECTORY)};
    if (opened.get() < 0) return names;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder{::fdopendir(opened.get()), &::closedir};
    if (!folder) return names;
    static_cast<void>(opened.release());
    while (const dirent* entry = names.size() < most ? ::readdir(folder.get()) : nullptr) {
        const bool shown = entry->d_type == DT_DIR || entry->d_type == DT_REG ||
                           entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
        if (shown && is_servable_name(entry->d_name, hidden_too))
            names.push_back({.name = entry->d_name, .directory = entry->d_type == DT_DIR});
    }
    std::sort(names.begin(), names.end(),
              [](const ListedName& a, const ListedName& b) { return a.name < b.name; });
    return names;
}

}  // namespace gyre::http::detail
