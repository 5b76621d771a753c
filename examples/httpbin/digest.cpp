#include "httpbin/arguments.hpp"
#include "httpbin/digest_auth.hpp"
#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <boost/json.hpp>

#include <limits>

// /digest-auth/QOP/USER/PASSWORD[/ALGORITHM[/STALE_AFTER]]
namespace httpbin {
namespace json = boost::json;
namespace {

// Nothing for an algorithm or a number that there is not; a session needs what a qop adds.
std::optional<DigestRealm> realm_of(const HTTPServerRequest& request) {
    const std::string_view name = request.path_argument("algorithm");
    auto algorithm = DigestAlgorithm::find(name.empty() ? "MD5" : name);
    const std::string_view uses = request.path_argument("stale_after");
    const auto max_uses = uses.empty() || uses == "never"
                              ? std::optional{0U}
                              : parse_number(uses, 1U, std::numeric_limits<unsigned>::max());
    if (!algorithm || !max_uses) return std::nullopt;
    std::string_view qop = request.path_argument("qop");
    if (qop != "auth" && qop != "auth-int") qop = "";
    if (qop.empty() && algorithm->session) return std::nullopt;
    return DigestRealm{.algorithm = *std::move(algorithm),
                       .qop = std::string{qop},
                       .user = std::string{request.path_argument("user")},
                       .password = std::string{request.path_argument("password")},
                       .max_uses = *max_uses};
}

void challenge(const DigestRealm& realm, const HTTPServerResponse& response, bool stale) {
    response.set_status(401);
    response.set_header("WWW-Authenticate", digest_challenge(realm, stale));
    response.finish();
}

void on_digest(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    const auto realm = realm_of(request);
    if (!realm)
        return refuse(response, 400,
                      "algorithms: MD5, SHA-256, SHA-512, SHA-512-256, with a qop also -sess; "
                      "then a number of requests or never");
    const DigestRequest asked{.method = request.method(),
                              .target = request.target(),
                              .body = request.body(),
                              .authorization = request.headers().get("Authorization", "")};
    switch (check_digest(*realm, asked)) {
        case DigestVerdict::granted:
            return send_json(response,
                             json::object{{"authenticated", true}, {"user", realm->user}});
        case DigestVerdict::refused:
            return challenge(*realm, response, false);
        case DigestVerdict::stale:
            return challenge(*realm, response, true);
        case DigestVerdict::malformed:
            return refuse(response, 400, "the uri of the credentials is not the one asked for");
    }
}

}  // namespace

void add_digest_routes(const Site& site) {
    const std::string path = "/digest-auth/{qop}/{user}/{password}";
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        for (const char* more : {"", "/{algorithm}", "/{algorithm}/{stale_after}"})
            site.server.route(method, path + more, &on_digest);
}

}  // namespace httpbin
