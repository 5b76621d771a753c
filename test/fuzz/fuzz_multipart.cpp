// multipart/form-data: the parser, in one piece and cut up, and the form made of it.

#include "../http/multipart_driver.hpp"
#include "form_parser.hpp"
#include "http1_split_check.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace gyre::http;
using namespace gyre::http::detail;
using gyre::http::detail::test::FuzzInput;
using gyre::http::detail::test::MultipartDriver;
using gyre::http::detail::test::require;

namespace {

MultipartLimits limits_of(const FuzzInput& input) {
    if (input.choice % 2 == 0) return {};
    return {.max_parts = 2, .max_part_head = 60, .max_preamble = 5, .max_epilogue = 5};
}

// Long and short, with the bytes that a look-alike needs.
std::string_view boundary_of(const FuzzInput& input) { return input.choice % 4 < 2 ? "b" : "--b-"; }

std::string in_pieces(const FuzzInput& input) {
    MultipartDriver driver{boundary_of(input), limits_of(input)};
    const std::string_view text = input.text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = input.piece_at(at);
        if (!driver.feed(text.substr(at, size))) break;
        at += size;
    }
    require(!driver.stuck, "no progress");
    return driver.finish();
}

// A form in memory is what the events say.
void check_form(const FuzzInput& input, const MultipartDriver& whole, bool good) {
    const MultipartLimits limits = limits_of(input);
    FormData form;
    const gyre::Error error = parse_multipart(
        input.text, boundary_of(input),
        {.max_parts = limits.max_parts, .max_part_head = limits.max_part_head}, form);
    // The form knows no other limits of what is skipped.
    if (input.choice % 2 == 0) require(!error == good, "the form disagrees with the parser");
    if (error) return;
    require(form.fields.size() + form.files.size() <= limits.max_parts, "more parts than allowed");
    std::size_t data = 0;
    for (const auto& [name, value] : form.fields)
        data += value.empty() ? 0U : 1U;
    for (const FormFile& file : form.files) {
        data += file.body.empty() ? 0U : 1U;
        require(file.body.empty() ||
                    (file.body.data() >= input.text.data() &&
                     file.body.data() + file.body.size() <= input.text.data() + input.text.size()),
                "a file is not a view of the body");
    }
    require(!good || data == whole.data_events, "data of a part in more than one piece");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const FuzzInput input{data, size};
    MultipartDriver whole{boundary_of(input), limits_of(input)};
    whole.feed(input.text);
    require(!whole.stuck, "no progress");
    const std::string account = whole.finish();
    require(account == in_pieces(input), "the split changed the outcome");
    check_form(input, whole, whole.parser.error() == MultipartError::none);
    return 0;
}
