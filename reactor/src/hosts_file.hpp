#pragma once

#include <gyre/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gyre::detail {

/// /etc/hosts: read on first use, and again when it has changed. A file that is not there, or
/// larger than 16 MB, holds no names.
class HostsFile {
public:
    explicit HostsFile(std::string path) : path_(std::move(path)) {}

    /// The addresses (with port 0) of a name in lower case, IPv6 before IPv4, else in the file's
    /// order; empty if the name is not in the file.
    const std::vector<Address>& find(const std::string& name);

private:
    void refresh();
    void load();
    void add_line(std::string_view line);

    struct Version {
        std::int64_t seconds = -1;
        std::int64_t nanoseconds = 0;
        std::int64_t size = 0;
        std::uint64_t inode = 0;
        friend bool operator==(const Version&, const Version&) = default;
    };

    std::string path_;
    Version version_;
    std::unordered_map<std::string, std::vector<Address>> names_;
};

}  // namespace gyre::detail
