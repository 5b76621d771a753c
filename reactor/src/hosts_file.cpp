#include "hosts_file.hpp"

#include "host_name.hpp"

#include <algorithm>
#include <fstream>

#include <sys/stat.h>

namespace gyre::detail {
namespace {

constexpr std::int64_t largest_file = std::int64_t{16} << 20;

// The next word of `line`, which it is taken from; empty at the end.
std::string_view take_word(std::string_view& line) noexcept {
    constexpr std::string_view space = " \t\r\v\f";
    line.remove_prefix(std::min(line.find_first_not_of(space), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(space));
    line.remove_prefix(word.size());
    return word;
}

bool is_ipv6(const Address& address) noexcept { return address.family() == Address::Family::ipv6; }

}  // namespace

const std::vector<Address>& HostsFile::find(const std::string& name) {
    static const std::vector<Address> none;
    refresh();
    const auto found = names_.find(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
    return found == names_.end() ? none : found->second;
}

void HostsFile::refresh() {
    struct stat status{};
    Version version;
    if (::stat(path_.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size <= largest_file)
        version = {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino};
    if (version == version_) return;
    version_ = version;
    names_.clear();
    if (version != Version{}) load();
}

void HostsFile::load() {
    std::ifstream file{path_};
    for (std::string line; std::getline(file, line);)
        add_line(line);
}

void HostsFile::add_line(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const auto address = Address::from_ip(take_word(line), 0);
    if (!address) return;
    for (std::string_view name = take_word(line); !name.empty(); name = take_word(line)) {
        std::vector<Address>& addresses = names_[fold_host_name(name)];
        if (std::ranges::find(addresses, *address) != addresses.end()) continue;
        addresses.insert(
            is_ipv6(*address) ? std::ranges::find_if_not(addresses, is_ipv6) : addresses.end(),
            *address);
    }
}

}  // namespace gyre::detail
