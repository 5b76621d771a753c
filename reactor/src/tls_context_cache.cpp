#include "tls_context_cache.hpp"

#include "tls_context.hpp"

#include <algorithm>
#include <utility>

namespace gyre::detail {

TLSContextResult TlsContextCache::client(const TLSOptions& options) {
    // A log of secrets shall be closed when its connections are.
    if (!options.key_log_file.empty()) return TlsContext::load(TLSRole::client, options);
    // Before loading, so that what changes meanwhile is seen the next time.
    std::vector<Stamp> stamps = stamps_of(options);
    if (TLSContext known = find(options, stamps)) return {.context = std::move(known)};
    // Not under the lock, as reading files takes long. Who loads the same meanwhile gets its own,
    // and the later one is kept.
    TLSContextResult loaded = TlsContext::load(TLSRole::client, options);
    if (!loaded.context) return loaded;
    const std::lock_guard lock{mutex_};
    std::erase_if(entries_, [&](const Entry& entry) { return entry.options == options; });
    entries_.push_front({options, std::move(stamps), loaded.context});
    if (entries_.size() > max_contexts) entries_.pop_back();
    return loaded;
}

TLSContext TlsContextCache::find(const TLSOptions& options, const std::vector<Stamp>& stamps) {
    const std::lock_guard lock{mutex_};
    const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
        return entry.stamps == stamps && entry.options == options;
    });
    if (found == entries_.end()) return {};
    entries_.splice(entries_.begin(), entries_, found);
    return found->context;
}

std::vector<TlsContextCache::Stamp> TlsContextCache::stamps_of(const TLSOptions& options) {
    std::vector<Stamp> stamps;
    for (const std::string* file : {&options.certificate_file, &options.key_file, &options.ca_file})
        stamps.push_back(stamp_of(*file));
    return stamps;
}

TlsContextCache::Stamp TlsContextCache::stamp_of(const std::string& file) noexcept {
    struct stat info{};
    if (file.empty() || ::stat(file.c_str(), &info) != 0) return {};
    return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

}  // namespace gyre::detail

namespace gyre {

TLSContextResult TLSContext::client(const TLSOptions& options) {
    // Never destroyed: static objects may still connect as the program ends.
    static detail::TlsContextCache& cache = *new detail::TlsContextCache;
    return cache.client(options);
}

TLSContextResult TLSContext::server(const TLSOptions& options) {
    return detail::TlsContext::load(TLSRole::server, options);
}

}  // namespace gyre
