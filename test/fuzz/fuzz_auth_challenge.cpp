// WWW-Authenticate: what is read and written again is the same, and no answer to a challenge can
// break out of its field or out of a quoted value.

#include "auth_challenge.hpp"
#include "digest_auth.hpp"
#include "field_rules.hpp"
#include "http1_split_check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

std::string written(const std::vector<AuthChallenge>& challenges) {
    std::string out;
    for (const AuthChallenge& challenge : challenges) {
        out += challenge.scheme + ' ' + challenge.token68;
        for (const auto& [name, value] : challenge.parameters)
            out += ", " + name + '=' + quoted(value);
        out += ',';
    }
    return out;
}

void check_challenges(const std::vector<AuthChallenge>& challenges) {
    require(challenges.size() <= 16, "too many challenges");
    for (const AuthChallenge& challenge : challenges) {
        require(is_token(challenge.scheme), "a scheme that is no token");
        require(challenge.parameters.size() <= 32, "too many parameters");
        require(challenge.token68.empty() || challenge.parameters.empty(),
                "token68 and parameters");
    }
    const std::string text = written(challenges);
    const auto again = parse_auth_challenges(text);
    require(again && written(*again) == text, "the challenges changed");
}

void check_answer(DigestAuth& digest, std::string_view user) {
    for (int count = 0; count < 2; ++count) {
        const std::string value = digest.authorization("GET", "/a\"b", user, "secret", "c\"n");
        if (value.empty()) return;
        require(is_field_value(value), "a value that cannot be sent");
        const auto read = parse_auth_challenges(value).value_or(std::vector<AuthChallenge>{});
        require(read.size() == 1 && read.front().scheme == "digest", "not one answer");
        const std::string* const realm = find_parameter(read.front().parameters, "realm");
        require(realm && *realm == digest.realm(), "another realm");
        const std::string* const uri = find_parameter(read.front().parameters, "uri");
        require(uri && *uri == "/a\"b", "another target");
    }
}

}  // namespace

// The input is the values of two fields, with a line feed between them, and behind another one the
// user and an Authentication-Info.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::array<std::string_view, 4> lines{};
    for (std::string_view& line : lines) {
        line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    const std::array<std::string_view, 2> fields{lines[0], lines[1]};
    for (const std::string_view field : fields)
        if (const auto challenges = parse_auth_challenges(field)) check_challenges(*challenges);
    auto digest = DigestAuth::from(fields);
    if (!digest) return 0;
    check_answer(*digest, lines[2]);
    digest->on_authentication_info(lines[3]);
    check_answer(*digest, lines[2]);
    return 0;
}
