#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// Why no resolver can be asked for a name, as a sentence for people; empty if one can. A name is
/// labels of letters, digits, '-' and '_', which exists in practice, with a dot at the end perhaps.
[[nodiscard]] std::string check_host_name(std::string_view host);

/// The name as DNS knows it, or a sentence that says why there is none.
struct AsciiHost {
    std::string name;
    std::string error;
};

/// From UTF-8 to A-labels, in lower case: IDNA 2008 (RFC 5891 section 5) after the mapping of
/// UTS 46, non-transitional ("faß" and "fass" are two names). The mapping makes full-width letters
/// and dots common ones, and it may bring forth other ASCII characters, so what comes out has been
/// through check_host_name: there is no separator of a URL in it.
[[nodiscard]] AsciiHost host_to_ascii(std::string_view name);

}  // namespace gyre::http::detail
