#include "httpbin/reply.hpp"

#include "support/json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace httpbin {
namespace json = boost::json;
namespace {

// A line break and the blanks of `depth`, in the pretty form only.
struct Layout {
    bool pretty = false;
    std::size_t depth = 0;

    void break_line(std::string& out) const {
        if (pretty) out.append("\n").append(2 * depth, ' ');
    }
    void separate(std::string& out) const { out += pretty ? "," : ", "; }
    Layout inner() const { return {pretty, depth + 1}; }
};

void append(std::string& out, const json::value& value, Layout layout);

void append_object(std::string& out, const json::object& object, Layout layout) {
    std::vector<const json::key_value_pair*> members;
    for (const json::key_value_pair& member : object)
        members.push_back(&member);
    std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
    out += '{';
    for (const json::key_value_pair* member : members) {
        if (member != members.front()) layout.separate(out);
        layout.inner().break_line(out);
        example::append_json(out, member->key());
        out += ": ";
        append(out, member->value(), layout.inner());
    }
    if (!members.empty()) layout.break_line(out);
    out += '}';
}

void append_array(std::string& out, const json::array& array, Layout layout) {
    out += '[';
    for (const json::value& element : array) {
        if (&element != array.data()) layout.separate(out);
        layout.inner().break_line(out);
        append(out, element, layout.inner());
    }
    if (!array.empty()) layout.break_line(out);
    out += ']';
}

// The shortest digits that read back as the same number; "1.0", not "1E0". JSON has no infinity,
// which is what "1e400" is read as.
void append_double(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    const std::string_view text{digits.data(), end};
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// No deeper than Boost.JSON parses, which is 32.
void append(std::string& out, const json::value& value, Layout layout) {
    if (const auto* object = value.if_object()) return append_object(out, *object, layout);
    if (const auto* array = value.if_array()) return append_array(out, *array, layout);
    if (const auto* string = value.if_string()) return example::append_json(out, *string);
    if (const auto* number = value.if_double()) return append_double(out, *number);
    out += json::serialize(value);
}

}  // namespace

std::string pretty(const json::value& value) {
    std::string out;
    append(out, value, {.pretty = true});
    return out += '\n';
}

std::string compact(const json::value& value) {
    std::string out;
    append(out, value, {.pretty = false});
    return out;
}

void send_json(const gyre::http::HTTPServerResponse& response, const json::value& value) {
    response.set_header("Content-Type", "application/json");
    response.finish(pretty(value));
}

void send_html(const gyre::http::HTTPServerResponse& response, std::string_view page) {
    response.set_header("Content-Type", "text/html; charset=utf-8");
    response.finish(page);
}

void refuse(const gyre::http::HTTPServerResponse& response, int status, std::string_view why) {
    response.set_status(status);
    response.set_header("Content-Type", "text/plain; charset=utf-8");
    response.finish(std::string{why} + "\n");
}

}  // namespace httpbin
