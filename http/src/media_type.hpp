#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// One `;name=value` behind a media type or a disposition.
struct Parameter {
    std::string name;  ///< In lower case.
    std::string value;
};
using Parameters = std::vector<Parameter>;

/// How a quoted value is read.
enum class QuotedForm : std::uint8_t {
    /// RFC 9110 section 5.6.4: a backslash stands before the byte that it quotes.
    http,
    /// As browsers and curl write multipart/form-data: %22, %0D and %0A for a quote and line
    /// breaks, or \" and \\; any other backslash or percent sign is itself.
    form_data,
};

/// Takes `token / quoted-string` off the front of the text, and gives what it stands for. False if
/// there is neither; then the text and the value are anything.
[[nodiscard]] bool take_parameter_value(std::string_view& text, QuotedForm form,
                                        std::string& value);

/// Parses `*( OWS ";" OWS [ name "=" ( token / quoted-string ) ] ) OWS` (RFC 9110 section 5.6.6).
/// nullopt if it is anything else, if a name comes twice, or if there are more than 32.
[[nodiscard]] std::optional<Parameters> parse_parameters(std::string_view text, QuotedForm form);

/// The parameter of this name, which is in lower case; null if there is none.
[[nodiscard]] const std::string* find_parameter(const Parameters& parameters,
                                                std::string_view name) noexcept;

/// A Content-Type (RFC 9110 section 8.3.1).
struct MediaType {
    std::string essence;  ///< "multipart/form-data", in lower case.
    Parameters parameters;
};

/// nullopt unless the text is `token "/" token` and parameters.
[[nodiscard]] std::optional<MediaType> parse_media_type(std::string_view text);

}  // namespace gyre::http::detail
