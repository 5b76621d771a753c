#include "json_body.hpp"
#include <gyre/http/json.hpp>

#include <boost/json/serialize.hpp>

#include <utility>
#include <vector>

namespace gyre::http {

Error read_json(const HTTPServerRequest& request, boost::json::value& out) {
    const std::vector<std::string_view> types = request.headers().get_list("Content-Type");
    if (types.size() != 1 || !detail::is_json_type(types.front()))
        return {Errc::invalid_argument,
                "the body is not JSON: its Content-Type is not "
                "application/json"};
    std::string reason = detail::parse_json(request.body(), out);
    if (reason.empty()) return {};
    return {Errc::invalid_argument, "the body is not JSON: " + reason};
}

void finish_json(const HTTPServerResponse& response, const boost::json::value& value) {
    if (!response.head_sent())
        response.set_header("Content-Type", "application/json")
            .ignore("a response that has ended takes no body either");
    response.finish(boost::json::serialize(value));
}

}  // namespace gyre::http
