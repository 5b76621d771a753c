#pragma once

#include <gyre/file.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gyre::http::detail {

/// What lies at a path beneath a root: one of the three.
struct StaticEntry {
    int error = 0;           ///< The errno of why there is nothing.
    bool directory = false;  ///< A folder.
    File file{};             ///< A regular file, open.
};

struct ListedName {
    std::string name;
    bool directory = false;
};

/// A folder of which nothing outside can be reached. The system keeps to it (openat2 with
/// RESOLVE_BENEATH): a symbolic link that leads out, an absolute one included, is not followed,
/// whatever changes meanwhile. Where the system cannot, every step is taken by hand and no link is
/// followed at all.
class StaticRoot {
public:
    enum class Resolver : std::uint8_t { system, by_hand };

    explicit StaticRoot(const std::string& path, Resolver resolver = Resolver::system) noexcept;
    StaticRoot(const StaticRoot&) = delete;
    StaticRoot& operator=(const StaticRoot&) = delete;
    ~StaticRoot();

    /// The errno of why the folder itself cannot be opened; 0 if it is open.
    int error() const noexcept { return error_; }
    /// `name` is that of a `StaticPath`; what is neither a folder nor a regular file is not there.
    /// It cannot hang, as on a FIFO.
    StaticEntry open(const std::string& name) const;
    /// The folders, files and links in a folder that are servable, by name; at most `most`. None if
    /// the folder cannot be read.
    std::vector<ListedName> list(const std::string& name, bool hidden_too, std::size_t most) const;

private:
    int open_beneath(const std::string& name, int flags) const noexcept;

    int folder_;
    int error_;
    Resolver resolver_;
};

}  // namespace gyre::http::detail
