// Accept and Accept-Encoding: what is chosen was offered, and does not depend on how the list is
// written.

#include "accept.hpp"
#include "http1_split_check.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace gyre::http;
using namespace gyre::http::detail;
using test::require;

namespace {

constexpr std::array offered{ContentCoding::brotli, ContentCoding::gzip};
constexpr std::array<std::string_view, 3> types{"text/html", "application/json", "text/plain"};

struct Choice {
    std::optional<ContentCoding> coding;
    std::optional<std::size_t> type;

    bool operator==(const Choice&) const = default;
};

Choice choose(const std::vector<std::string>& values) {
    std::vector<HTTPField> fields;
    for (const std::string& value : values) {
        fields.push_back({"accept-encoding", value});
        fields.push_back({"accept", value});
    }
    const HTTPHeadersView view{fields};
    return {choose_coding(view, offered), choose_media_type(view, types)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    const Choice choice = choose({text});
    require(choice.coding != ContentCoding::deflate, "it was not offered");
    require(!choice.type || *choice.type < types.size(), "it was not offered");
    require(choice == choose({" ,\t" + text}), "an empty element counts");
    require(choice == choose({"", text, ""}), "an empty field counts");
    // A field is a list, so its elements may come in several.
    if (text.find('"') == std::string::npos) {
        std::vector<std::string> parts{""};
        for (const char c : text)
            c == ',' ? void(parts.emplace_back()) : parts.back().push_back(c);
        require(choice == choose(parts), "elements in fields of their own");
    }
    const std::optional<int> weight = parse_qvalue(text);
    require(!weight || (*weight >= 0 && *weight <= 1000), "a weight out of bounds");
    require(!weight || text.size() <= 5, "too long a weight");
    return 0;
}
