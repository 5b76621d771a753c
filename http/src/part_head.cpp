#include "part_head.hpp"

#include "field_rules.hpp"
#include "http1_chars.hpp"
#include "media_type.hpp"

#include <utility>

namespace gyre::http::detail {
namespace {

// Encodings that leave the data as they are; the others are of mail, and no browser sends them.
bool leaves_data_alone(std::string_view encoding) noexcept {
    return equals_lower(encoding, "binary") || equals_lower(encoding, "8bit") ||
           equals_lower(encoding, "7bit");
}

}  // namespace

void PartHead::clear() noexcept {
    name.clear();
    filename.reset();
    content_type = {};
    fields.clear();
    bytes.clear();
}

MultipartError PartHead::interpret() {
    bool disposed = false;
    bool typed = false;
    for (const HTTPField& field : fields) {
        if (iequals(field.name, "Content-Disposition")) {
            if (std::exchange(disposed, true)) return MultipartError::bad_disposition;
            const MultipartError error = read_disposition(field.value);
            if (error != MultipartError::none) return error;
        } else if (iequals(field.name, "Content-Type")) {
            if (std::exchange(typed, true)) return MultipartError::repeated_content_type;
            content_type = field.value;
        } else if (iequals(field.name, "Content-Transfer-Encoding") &&
                   !leaves_data_alone(field.value)) {
            return MultipartError::transfer_encoding;
        }
    }
    return disposed ? MultipartError::none : MultipartError::missing_disposition;
}

// Senders must not use `filename*` here (RFC 7578 4.2). Some send it beside `filename`, which is
// the one that counts; alone it is refused, as is every other parameter of that form.
MultipartError PartHead::read_disposition(std::string_view value) {
    const std::size_t type_size = skip_chars(value, 0, value.size(), token_char);
    if (!iequals(value.substr(0, type_size), "form-data")) return MultipartError::bad_disposition;
    auto parameters = parse_parameters(value.substr(type_size), QuotedForm::form_data);
    if (!parameters) return MultipartError::bad_disposition;
    bool named = false;
    bool extended = false;
    for (Parameter& parameter : *parameters) {
        if (parameter.name == "filename*") {
            extended = true;
            continue;
        }
        if (parameter.name.find('*') != std::string::npos)
            return MultipartError::extended_parameter;
        if (parameter.name == "name") {
            named = true;
            name = std::move(parameter.value);
        } else if (parameter.name == "filename") {
            filename = std::move(parameter.value);
        }
    }
    if (extended && !filename) return MultipartError::extended_parameter;
    return named ? MultipartError::none : MultipartError::missing_name;
}

}  // namespace gyre::http::detail
