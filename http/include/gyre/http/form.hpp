#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/arguments.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

namespace detail {
struct FormData;
}

/// Limits of a form in memory. Its size is that of the body: `HTTPServerOptions::max_body_size`.
/// Zero is refused with `invalid_argument`; "no limit" is spelled `gyre::unlimited`.
struct FormOptions {
    std::size_t max_arguments = 1000;      ///< Fields of an urlencoded form.
    std::size_t max_parts = 100;           ///< Fields and files of a multipart one.
    std::size_t max_part_head = 8 * 1024;  ///< The headers of a part, in bytes.
};

/// A file of a form (Tornado's `HTTPFile`). The client's filename is not a path: it may hold "../"
/// and anything else.
struct FormFile {
    std::string name{};
    std::string filename{};      ///< Empty for a file not chosen.
    std::string content_type{};  ///< What the client says; empty if nothing.
    std::string_view body{};     ///< Valid as long as the request's body, which the Form keeps.
};

/// The fields and files of a form, complete and in memory.
///
/// A reference: copies share one form and keep the request's body. Its views are valid as long as
/// any of them lives and the server does.
class GYRE_API Form {
public:
    Form() noexcept = default;
    explicit Form(std::shared_ptr<const detail::FormData> data) noexcept : data_(std::move(data)) {}

    /// The first value of a field, files left out; nothing if there is none.
    std::optional<std::string_view> get(std::string_view name) const noexcept {
        return fields().get(name);
    }
    /// The same, or `otherwise`, which must outlive the result.
    std::string_view get(std::string_view name, std::string_view otherwise) const noexcept {
        return fields().get(name, otherwise);
    }
    /// All values of a field, in their order.
    std::vector<std::string_view> get_list(std::string_view name) const {
        return fields().get_list(name);
    }
    /// All fields, in their order.
    const Arguments& fields() const noexcept;
    /// All files, in their order.
    std::span<const FormFile> files() const noexcept;
    /// The first file of this name; null if there is none.
    const FormFile* file(std::string_view name) const noexcept;

private:
    std::shared_ptr<const detail::FormData> data_;
};

struct FormResult {
    /// `not_supported` (no form's Content-Type), `protocol_error`, `truncated`, `limit_exceeded`,
    /// `invalid_argument` (the options).
    Error error{};
    Form form{};
};

/// The status with which to answer a request whose form or query came to this error: 400, 408, 413,
/// 415; 500 for what is no fault of the client's, 503 for a full queue; 200 without an error. Looks
/// at the error.
GYRE_API int form_status(const Error& error) noexcept;

}  // namespace gyre::http
