#include "httpbin/description.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <map>

namespace httpbin {
namespace json = boost::json;
using gyre::http::HTTPServerRequest;

namespace {

std::string title_case(std::string_view name) {
    std::string title;
    for (const char c : name) {
        const bool begins_word = title.empty() || title.back() == '-';
        const auto byte = static_cast<unsigned char>(c);
        title += static_cast<char>(begins_word ? std::toupper(byte) : std::tolower(byte));
    }
    return title;
}

// The path and the query, also when the client asked for a whole URL as it asks a proxy.
std::string path_and_query(const HTTPServerRequest& request) {
    std::string text{request.path()};
    if (!request.query().empty()) text.append("?").append(request.query());
    return text;
}

}  // namespace

json::object to_object(const Pairs& pairs) {
    std::map<std::string_view, json::array> by_name;
    for (const auto& [name, value] : pairs)
        by_name[name].emplace_back(value);
    json::object object;
    for (auto& [name, values] : by_name) {
        if (values.size() == 1)
            object[name] = values.front();
        else
            object[name] = values;
    }
    return object;
}

json::object headers_of(const HTTPServerRequest& request) {
    std::map<std::string, std::string> fields;
    for (const auto& field : request.headers()) {
        const auto [joined, is_first] = fields.try_emplace(title_case(field.name), field.value);
        if (!is_first) joined->second.append(",").append(field.value);
    }
    json::object headers;
    for (const auto& [name, value] : fields)
        headers[name] = value;
    return headers;
}

std::string origin_of(const HTTPServerRequest& request) { return request.remote_address().host(); }

std::string base_url(const HTTPServerRequest& request) {
    return (request.is_secure() ? "https://" : "http://") + std::string{request.host()};
}

json::object describe(const HTTPServerRequest& request, Members members) {
    json::object all;
    const auto wanted = [&](std::string_view name) {
        return std::ranges::find(members, name) != members.end();
    };
    if (wanted("args")) all["args"] = to_object(arguments_of(request));
    if (wanted("headers")) all["headers"] = headers_of(request);
    if (wanted("method")) all["method"] = request.method();
    if (wanted("origin")) all["origin"] = origin_of(request);
    if (wanted("url")) all["url"] = base_url(request) + path_and_query(request);
    return all;
}

}  // namespace httpbin
