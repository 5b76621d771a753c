#include "httpbin/arguments.hpp"
#include "httpbin/random.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <random>
#include <vector>

// /status/404, or one of several by chance: /status/200:9,503:1.
namespace httpbin {
namespace json = boost::json;
namespace {

struct Choices {
    std::vector<int> codes;
    std::vector<double> weights;
};

bool add_choice(Choices& choices, std::string_view item) {
    const std::size_t colon = std::min(item.find(':'), item.size());
    const auto code = parse_number(item.substr(0, colon), 200, 599);
    const auto weight = colon == item.size() ? 1.0 : parse_number(item.substr(colon + 1), 0.0, 1e9);
    if (!code || !weight) return false;
    choices.codes.push_back(*code);
    choices.weights.push_back(*weight);
    return true;
}

std::optional<int> choose(std::string_view text) {
    Choices choices;
    while (true) {
        const std::string_view item = text.substr(0, text.find(','));
        if (!add_choice(choices, item)) return std::nullopt;
        if (item.size() == text.size()) break;
        text.remove_prefix(item.size() + 1);
    }
    if (std::ranges::none_of(choices.weights, [](double weight) { return weight > 0; }))
        return std::nullopt;
    std::discrete_distribution<std::size_t> any{choices.weights.begin(), choices.weights.end()};
    return choices.codes[any(random_engine())];
}

// Some codes mean little without a certain field or body.
void send_status(const HTTPServerResponse& response, int code) {
    response.set_status(code);
    switch (code) {
        case 301:
        case 302:
        case 303:
        case 305:
        case 307:
        case 308:
            response.set_header("Location", "/redirect/1");
            break;
        case 401:
            response.set_header("WWW-Authenticate", R"(Basic realm="Fake Realm")");
            break;
        case 402:
            return response.finish("No money, no answer.\n");
        case 406:
            return send_json(response, json::object{{"message", "Ask for one of these types."},
                                                    {"accept", {"image/png", "image/*"}}});
        case 407:
            response.set_header("Proxy-Authenticate", R"(Basic realm="Fake Realm")");
            break;
        case 418:
            response.set_status(code, "I'm a teapot");  // RFC 2324
            return response.finish("I brew tea: short, stout, and of no use for coffee.\n");
        default:
            break;
    }
    response.finish();
}

void on_status(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    if (const auto code = choose(request.path_argument("codes")))
        return send_status(response, *code);
    refuse(response, 400, "Invalid status code: numbers from 200 to 599, as in 200 or 200:3,500:1");
}

}  // namespace

void add_status_routes(const Site& site) {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        site.server.route(method, "/status/{codes}", &on_status);
}

}  // namespace httpbin
