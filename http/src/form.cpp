#include "form_parser.hpp"
#include <gyre/http/form.hpp>

namespace gyre::http {

std::optional<std::string_view> Arguments::get(std::string_view name) const noexcept {
    for (const Argument& argument : arguments_)
        if (argument.first == name) return argument.second;
    return std::nullopt;
}

std::string_view Arguments::get(std::string_view name, std::string_view otherwise) const noexcept {
    return get(name).value_or(otherwise);
}

std::vector<std::string_view> Arguments::get_list(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Argument& argument : arguments_)
        if (argument.first == name) values.emplace_back(argument.second);
    return values;
}

const Arguments& Form::fields() const noexcept {
    static const Arguments none;
    return data_ ? data_->fields : none;
}

std::span<const FormFile> Form::files() const noexcept {
    return data_ ? std::span<const FormFile>{data_->files} : std::span<const FormFile>{};
}

const FormFile* Form::file(std::string_view name) const noexcept {
    for (const FormFile& file : files())
        if (file.name == name) return &file;
    return nullptr;
}

int form_status(const Error& error) noexcept {
    if (!error) return 200;
    if (error.category() == "http") return error.code();
    switch (error.kind()) {
        case Errc::protocol_error:
        case Errc::truncated:
            return 400;
        case Errc::timed_out:
            return 408;
        case Errc::limit_exceeded:
            return 413;
        case Errc::not_supported:
            return 415;
        case Errc::queue_full:
            return 503;
        default:
            return 500;
    }
}

}  // namespace gyre::http
