// Proxies as the environment or a command line names them: what is accepted can be used and written
// down again. A line each: the host, no_proxy, the proxy.

#include "http1_split_check.hpp"
#include "no_proxy.hpp"
#include "percent.hpp"
#include "proxy_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace gyre::http::detail;
using test::require;

namespace {

std::string take_line(std::string_view& text) {
    const std::string line{text.substr(0, text.find('\n'))};
    text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
    return line;
}

void check_accepted(const ProxySettings& proxy) {
    require(proxy.is_set() && proxy.port != 0, "there is no host or port");
    require(!check_proxy(proxy), "what was read is refused");
    const bool ipv6 = proxy.host.find(':') != std::string::npos;
    std::string text = proxy.type == gyre::http::ProxyType::http ? "http://" : "socks5h://";
    if (!proxy.username.empty())
        text += percent_encode(proxy.username) + ':' + percent_encode(proxy.password) + '@';
    text += (ipv6 ? '[' + proxy.host + ']' : proxy.host) + ':' + std::to_string(proxy.port);
    const ProxyResult again = parse_proxy_url(text);
    require(!again.error && again.proxy == proxy, "it reads otherwise when it is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::FuzzInput input{data, size};
    std::string_view text = input.text;
    const std::string host = take_line(text);
    const std::string no_proxy = take_line(text);
    const std::string proxy{text};
    const std::uint16_t port = input.choice;

    require(is_in_no_proxy(no_proxy + ",*", host, port), "the star is not for all");
    const bool without = is_in_no_proxy(no_proxy, host, port);
    require(is_in_no_proxy("x.invalid " + no_proxy + "\t,", host, port) ==
                (without || is_in_no_proxy("x.invalid", host, port)),
            "the neighbours decide");

    const ProxyResult parsed = parse_proxy_url(proxy);
    if (!parsed.error) check_accepted(parsed.proxy);
    const ProxyResult found =
        proxy_from_environment("https", host, port, [&](std::string_view name) -> const char* {
            if (name == "NO_PROXY") return no_proxy.c_str();
            return name == "ALL_PROXY" ? proxy.c_str() : nullptr;
        });
    const bool read = *proxy.c_str() != '\0' && !is_in_no_proxy(no_proxy.c_str(), host, port);
    if (proxy.find('\0') == std::string::npos)
        require(found.proxy == (read ? parsed.proxy : ProxySettings{}), "it was not the one");
    static_cast<void>(static_cast<bool>(found.error));
    return 0;
}
