// The server_name extension of a TLS client's hello: what is accepted is a name as the tables of
// certificates have it.

#include "tls_server_name.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::optional<std::string> name = gyre::detail::parse_server_name({data, size});
    if (!name) return 0;
    if (name->size() > 255 || *name != gyre::detail::comparable_name(*name + '.')) std::abort();
    for (const char c : *name)
        if (c <= ' ' || c > '~' || (c >= 'A' && c <= 'Z')) std::abort();
    return 0;
}
