#pragma once

#include <gyre/tls.hpp>

#include <list>
#include <mutex>
#include <vector>

#include <sys/stat.h>

namespace gyre::detail {

/// The clients' contexts used last, so that equal options share one and the sessions in it. A
/// context is given up when one of its files has changed. Used by all threads.
class TlsContextCache {
public:
    static constexpr std::size_t max_contexts = 16;

    TLSContextResult client(const TLSOptions& options);

private:
    /// What tells whether a file is still the same.
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        std::int64_t seconds = 0;
        long nanoseconds = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    struct Entry {
        TLSOptions options;
        std::vector<Stamp> stamps;
        TLSContext context;
    };

    static Stamp stamp_of(const std::string& file) noexcept;
    static std::vector<Stamp> stamps_of(const TLSOptions& options);
    TLSContext find(const TLSOptions& options, const std::vector<Stamp>& stamps);

    std::mutex mutex_;
    std::list<Entry> entries_;  // the one used last first
};

}  // namespace gyre::detail
