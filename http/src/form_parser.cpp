#include "form_parser.hpp"

#include "media_type.hpp"
#include "multipart_parser.hpp"
#include "percent.hpp"
#include <gyre/error_access.hpp>

#include <memory>
#include <utility>

namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;

Error refusal(Errc kind, int status, std::string message) {
    return ErrorAccess::make(kind, status, "http", std::move(message));
}

/// Puts the parts of a multipart body into a form.
class FormBuilder {
public:
    FormBuilder(std::string_view boundary, const FormOptions& options, FormData& form)
        : parser_{boundary,
                  {.max_parts = options.max_parts, .max_part_head = options.max_part_head}},
          form_{form} {}

    Error build(std::string_view body) {
        for (;;) {
            const MultipartStep step = parser_.step(body, head_);
            body.remove_prefix(step.consumed);
            switch (step.event) {
                case MultipartEvent::data:
                    data_ = step.data;  // all of it, as the body is given in one piece
                    break;
                case MultipartEvent::part_end:
                    add_part();
                    break;
                case MultipartEvent::error:
                    return to_error(parser_.error());
                case MultipartEvent::need_more:
                    return finish();
                default:
                    break;
            }
        }
    }

private:
    void add_part() {
        const std::string_view data = std::exchange(data_, {});
        if (!head_.filename) {
            fields_.emplace_back(std::move(head_.name), data);
            return;
        }
        form_.files.push_back({.name = std::move(head_.name),
                               .filename = std::move(*head_.filename),
                               .content_type = std::string{head_.content_type},
                               .body = data});
    }
    Error finish() {
        if (const MultipartError error = parser_.finish(); error != MultipartError::none)
            return to_error(error);
        form_.fields = Arguments{std::move(fields_)};
        return {};
    }

    MultipartParser parser_;
    FormData& form_;
    PartHead head_;
    QueryArguments fields_;
    std::string_view data_;
};

}  // namespace

FormType form_type_of(const HTTPHeadersView& headers) {
    const std::vector<std::string_view> values = headers.get_list("Content-Type");
    if (values.size() > 1)
        return {.error = refusal(Errc::protocol_error, 400, "more than one Content-Type")};
    if (values.empty()) return {.error = refusal(Errc::not_supported, 415, "no Content-Type")};
    const std::optional<MediaType> type = parse_media_type(values.front());
    if (!type) return {.error = refusal(Errc::protocol_error, 400, "a malformed Content-Type")};
    if (type->essence == "application/x-www-form-urlencoded")
        return {.kind = FormType::Kind::urlencoded};
    if (type->essence != "multipart/form-data")
        return {.error = refusal(Errc::not_supported, 415,
                                 "the Content-Type is not a form's: " + type->essence)};
    const std::string* boundary = find_parameter(type->parameters, "boundary");
    if (!boundary || !is_boundary(*boundary))
        return {.error = refusal(Errc::protocol_error, 400,
                                 boundary ? "the boundary in Content-Type is malformed"
                                          : "the Content-Type has no boundary")};
    return {.kind = FormType::Kind::multipart, .boundary = *boundary};
}

QueryResult parse_arguments(std::string_view text, std::size_t max_arguments) {
    if (max_arguments == 0)
        return {.error = {Errc::invalid_argument, "max_arguments must not be zero"}};
    QueryArguments arguments;
    switch (parse_query(text, max_arguments, arguments)) {
        case QueryError::none:
            break;
        case QueryError::bad_escape:
            return {.error = refusal(Errc::protocol_error, 400,
                                     "a '%' without two hexadecimal digits behind it")};
        case QueryError::too_many_arguments:
            return {.error =
                        refusal(Errc::limit_exceeded, 400, "more arguments than max_arguments")};
    }
    return {.arguments = Arguments{std::move(arguments)}};
}

Error parse_multipart(std::string_view body, std::string_view boundary, const FormOptions& options,
                      FormData& form) {
    if (options.max_parts == 0 || options.max_part_head == 0)
        return {Errc::invalid_argument, "a limit of FormOptions is zero"};
    return FormBuilder{boundary, options, form}.build(body);
}

FormResult parse_form(const HTTPServerRequest& request, const FormOptions& options) {
    const auto form = std::make_shared<FormData>();
    form->request = request;
    if (request.body().empty() && !request.headers().contains("Content-Type"))
        return {.form = Form{form}};
    FormType type = form_type_of(request.headers());
    switch (type.kind) {
        case FormType::Kind::none:
            return {.error = std::move(type.error)};
        case FormType::Kind::urlencoded: {
            QueryResult result = parse_arguments(request.body(), options.max_arguments);
            if (ErrorAccess::failed(result.error)) return {.error = std::move(result.error)};
            form->fields = std::move(result.arguments);
            break;
        }
        case FormType::Kind::multipart: {
            Error error = parse_multipart(request.body(), type.boundary, options, *form);
            if (ErrorAccess::failed(error)) return {.error = std::move(error)};
            break;
        }
    }
    return {.form = Form{form}};
}

}  // namespace gyre::http::detail
