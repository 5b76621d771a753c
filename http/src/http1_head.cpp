#include "http1_head.hpp"

#include "http1_chars.hpp"

namespace gyre::http::detail {

void MessageHead::clear() noexcept {
    method = {};
    target = {};
    status = 0;
    reason = {};
    version_minor = 1;
    fields.clear();
    content_length.reset();
    body_kind = BodyKind::none;
    chunked = keep_alive = upgrade = expect_continue = false;
    trailers.clear();
    trailer_bytes.clear();
}

const Field* MessageHead::find(std::string_view name) const noexcept {
    for (const Field& field : fields)
        if (equals_ignoring_case(field.name, name)) return &field;
    return nullptr;
}

}  // namespace gyre::http::detail
