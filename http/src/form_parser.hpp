#pragma once

#include <gyre/error.hpp>
#include <gyre/http/form.hpp>
#include <gyre/http/http_server_request.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// What a Form refers to.
struct FormData {
    HTTPServerRequest request;  // keeps what the files' bodies are views of
    Arguments fields;
    std::vector<FormFile> files;
};

/// What a request's Content-Type says of its body.
struct FormType {
    enum class Kind : std::uint8_t { none, urlencoded, multipart };

    Error error{};  ///< `not_supported` or `protocol_error`, with the status 415 or 400.
    Kind kind = Kind::none;
    std::string boundary{};  ///< For `multipart`; is_boundary.
};
FormType form_type_of(const HTTPHeadersView& headers);

/// A query string or an urlencoded form.
QueryResult parse_arguments(std::string_view text, std::size_t max_arguments);

/// The body of a request that is complete.
FormResult parse_form(const HTTPServerRequest& request, const FormOptions& options);

/// Takes a whole multipart/form-data body apart.
Error parse_multipart(std::string_view body, std::string_view boundary, const FormOptions& options,
                      FormData& form);

}  // namespace gyre::http::detail
