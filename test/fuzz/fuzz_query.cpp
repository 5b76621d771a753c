// Percent-coding and query strings: what is decoded comes back through encoding.

#include "field_rules.hpp"
#include "percent.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace detail = gyre::http::detail;

void require(bool condition) {
    if (!condition) std::abort();
}

void require_sendable(const std::string& encoded) {
    require(encoded.empty() || detail::is_target(encoded));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto decoded = detail::percent_decode(input);
    require(decoded.has_value() == detail::is_percent_encoded(input));
    require(detail::percent_decode(detail::percent_encode(input)) == input);
    require_sendable(detail::percent_encode(input));
    require_sendable(detail::percent_encode_path(input));
    require_sendable(detail::percent_encode_query(input));
    if (decoded) require(detail::percent_decode(detail::percent_encode_path(input)) == decoded);

    const auto arguments = detail::parse_query(input, 50);
    if (arguments) {
        require(arguments->size() <= 50);
        const std::string query = detail::build_query(*arguments);
        require_sendable(query);
        require(detail::parse_query(query, 50) == arguments);
    }
    return 0;
}
