#include "replace_file.hpp"

#include "new_file.hpp"
#include <gyre/error_access.hpp>

#include <random>

namespace gyre::http::detail {

Error replace_file(const std::string& path, std::string_view content) {
    if (path.find('\0') != std::string::npos)
        return {Errc::invalid_argument, "a path with a NUL byte"};
    // Beside it, so that it is on the same file system. One that is there already is an error.
    NewFile file{path + '.' + std::to_string(std::random_device{}())};
    Error error = file.write(content);
    if (gyre::detail::ErrorAccess::failed(error)) return error;
    return file.finish_as(path);
}

}  // namespace gyre::http::detail
