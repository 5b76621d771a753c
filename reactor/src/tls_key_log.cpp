#include "tls_key_log.hpp"

#include <gyre/error_access.hpp>

#include <cerrno>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

namespace gyre::detail {

TlsKeyLog::Opened TlsKeyLog::open(const std::string& file) {
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<const TlsKeyLog>> all;
    const std::lock_guard lock{mutex};
    std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
    if (const auto known = all.find(file); known != all.end())
        if (auto log = known->second.lock()) return {.log = std::move(log)};
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) return {.error = system_error(errno, "key_log_file " + file)};
    auto log = std::make_shared<const TlsKeyLog>(descriptor);
    all[file] = log;
    return {.log = std::move(log)};
}

TlsKeyLog::~TlsKeyLog() { ::close(descriptor_); }

void TlsKeyLog::write(std::string line) const {
    line += '\n';
    // In one piece, as other threads append too. A full disk must not harm the connection.
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, line.data(), line.size());
}

}  // namespace gyre::detail
