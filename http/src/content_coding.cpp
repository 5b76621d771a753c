#include "content_coding.hpp"

#include "field_rules.hpp"

namespace gyre::http::detail {

std::string_view coding_name(ContentCoding coding) noexcept {
    switch (coding) {
        case ContentCoding::gzip:
            return "gzip";
        case ContentCoding::deflate:
            return "deflate";
        case ContentCoding::brotli:
            return "br";
        case ContentCoding::identity:
            break;
    }
    return "identity";
}

std::optional<ContentCoding> coding_named(std::string_view name) noexcept {
    for (const ContentCoding coding : {ContentCoding::gzip, ContentCoding::brotli,
                                       ContentCoding::deflate, ContentCoding::identity})
        if (iequals(name, coding_name(coding))) return coding;
    if (iequals(name, "x-gzip")) return ContentCoding::gzip;
    return std::nullopt;
}

}  // namespace gyre::http::detail
