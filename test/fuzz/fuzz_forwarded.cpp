// Forwarded, X-Forwarded-* and the networks of trusted proxies: whatever a field says, what is
// taken from it is well-formed, and nobody is the client who is trusted and speaks for somebody
// else.

#include "forwarded.hpp"
#include "http1_split_check.hpp"
#include "http1_target.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace gyre::http::detail;
using gyre::http::HTTPField;
using gyre::http::detail::test::FuzzInput;
using gyre::http::detail::test::require;

namespace {

// Each line of the input is a field line; the first character of it chooses the field.
std::vector<HTTPField> fields_of(std::string_view text) {
    std::vector<HTTPField> fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        static constexpr std::string_view names[] = {"Forwarded", "X-Forwarded-For",
                                                     "X-Forwarded-Proto", "X-Forwarded-Host"};
        fields.push_back({names[static_cast<unsigned char>(line[0]) % 4], line.substr(1)});
    }
    return fields;
}

void check(const ForwardedRequest& request) {
    require(request.scheme.empty() || request.scheme == "http" || request.scheme == "https",
            "another scheme");
    require(request.host.empty() || is_host_and_port(request.host), "no host");
    if (!request.client) return;
    const auto family = request.client->family();
    require(family != gyre::Address::Family::unix_path, "no IP address");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const FuzzInput input{data, size};
    TrustedPeers trusted;
    require(trusted.assign({"10.0.0.0/8", "fd00::/8"}).empty(), "good networks");
    const std::vector<HTTPField> fields = fields_of(input.text);
    for (const ForwardedKind kind : {ForwardedKind::forwarded, ForwardedKind::x_forwarded})
        if (const auto request = read_forwarded(fields, kind, trusted)) check(*request);
    if (const auto network = IPNetwork::parse(input.text)) {
        const std::string_view text = input.text;
        const auto address = gyre::Address::from_ip(text.substr(0, text.find('/')), 0);
        require(address && network->contains(*IPBytes::of(*address)),
                "a network without its own address");
    }
    return 0;
}
