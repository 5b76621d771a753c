// Media types and the parameters of a disposition: what is read and written again is the same.

#include "http1_split_check.hpp"
#include "media_type.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using namespace gyre::http::detail;
using gyre::http::detail::test::require;

namespace {

std::string quoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

void check(const Parameters& parameters) {
    require(parameters.size() <= 32, "too many parameters");
    std::set<std::string> names;
    for (const Parameter& parameter : parameters) {
        require(names.insert(parameter.name).second, "a repeated parameter");
        require(find_parameter(parameters, parameter.name) == &parameter.value, "not found");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto parameters = parse_parameters(text, QuotedForm::form_data)) check(*parameters);
    const auto type = parse_media_type(text);
    if (!type) return 0;
    check(type->parameters);
    std::string again = type->essence;
    for (const auto& [name, value] : type->parameters)
        again += "; " + name + "=" + quoted(value);
    const auto reread = parse_media_type(again);
    require(reread && reread->essence == type->essence, "the type changed");
    require(reread->parameters.size() == type->parameters.size(), "the parameters changed");
    for (std::size_t i = 0; i < reread->parameters.size(); ++i)
        require(reread->parameters[i].name == type->parameters[i].name &&
                    reread->parameters[i].value == type->parameters[i].value,
                "a parameter changed");
    return 0;
}
