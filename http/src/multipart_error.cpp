#include "multipart_error.hpp"

#include <gyre/error_access.hpp>

#include <string>

namespace gyre::http::detail {
namespace {

Errc kind_of(MultipartError error) noexcept {
    switch (error) {
        case MultipartError::preamble_too_large:
        case MultipartError::too_many_parts:
        case MultipartError::part_head_too_large:
        case MultipartError::epilogue_too_large:
            return Errc::limit_exceeded;
        case MultipartError::truncated:
            return Errc::truncated;
        default:
            return Errc::protocol_error;
    }
}

}  // namespace

std::string_view describe(MultipartError error) noexcept {
    switch (error) {
        case MultipartError::none:
            return "no error";
        case MultipartError::preamble_too_large:
            return "the multipart body has too much before its first boundary";
        case MultipartError::bad_boundary_line:
            return "a line of the multipart body goes on behind the boundary";
        case MultipartError::too_many_parts:
            return "the multipart body has more parts than max_parts";
        case MultipartError::part_head_too_large:
            return "the head of a part is larger than max_part_head";
        case MultipartError::bad_line_end:
            return "a CR or LF by itself in the head of a part";
        case MultipartError::bad_part_header:
            return "a malformed field in the head of a part";
        case MultipartError::missing_disposition:
            return "a part without Content-Disposition";
        case MultipartError::bad_disposition:
            return "the Content-Disposition of a part is malformed";
        case MultipartError::missing_name:
            return "the Content-Disposition of a part has no name";
        case MultipartError::extended_parameter:
            return "the Content-Disposition of a part has an extended parameter";
        case MultipartError::repeated_content_type:
            return "a part with more than one Content-Type";
        case MultipartError::transfer_encoding:
            return "a part with a Content-Transfer-Encoding";
        case MultipartError::bad_close:
            return "the line of the last boundary goes on behind it";
        case MultipartError::epilogue_too_large:
            return "the multipart body has too much behind its last boundary";
        case MultipartError::truncated:
            return "the multipart body ends before its last boundary";
    }
    return "an unknown error";
}

Error to_error(MultipartError error) {
    return gyre::detail::ErrorAccess::make(kind_of(error), 400, "http",
                                           std::string{describe(error)});
}

}  // namespace gyre::http::detail
