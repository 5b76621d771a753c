// What a proxy, SOCKS 5 or HTTP, says before it passes bytes on: how it is cut decides nothing, and
// nothing behind it is taken.

#include "http1_split_check.hpp"
#include "http_tunnel.hpp"
#include "socks5_tunnel.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

using namespace gyre;
using namespace gyre::http::detail;
using State = ProxyHandshake::State;
using test::require;

namespace {

class Answers final : public Authenticator {
public:
    std::string authorization(std::string_view, std::string_view) override { return "Basic eA=="; }
    bool on_challenge(std::span<const std::string_view>) override { return true; }
};

struct Run {
    State state = State::going_on;
    std::size_t used = 0;
    std::string sent{};
    Errc kind = Errc::ok;
    std::string message{};
};

Run run(ProxyHandshake& handshake, const test::FuzzInput& input, bool cut) {
    const std::string_view text = input.text;
    Run result{.sent = handshake.take_output()};
    while (handshake.state() == State::going_on && result.used < text.size()) {
        const std::size_t most = cut ? input.piece_at(result.used) : text.size();
        const std::size_t wanted = handshake.wanted();
        require(wanted > 0, "it waits for nothing");
        const std::size_t size = std::min({most, wanted, text.size() - result.used});
        handshake.give(std::string{text.substr(result.used, size)});
        result.used += size;
        result.sent += handshake.take_output();
    }
    handshake.finish({});
    result.state = handshake.state();
    require(result.state != State::going_on, "the end is no end");
    if (result.state != State::failed) return result;
    const Error error = handshake.take_error();
    require(static_cast<bool>(error), "it failed without an error");
    result.kind = error.kind();
    result.message = error.message();
    return result;
}

void check_socks(const test::FuzzInput& input) {
    const bool login = input.choice % 4 == 2;
    const auto make = [&] {
        return Socks5Tunnel{"example.com", 443, login ? "me" : "", login ? "key" : ""};
    };
    Socks5Tunnel first = make();
    Socks5Tunnel second = make();
    const Run whole = run(first, input, false);
    const Run split = run(second, input, true);
    require(whole.state == split.state && whole.sent == split.sent && whole.kind == split.kind &&
                whole.message == split.message,
            "the cuts decide");
    require(whole.state != State::established || whole.used == split.used, "more was taken");
    require(whole.used <= 2 + 2 + 4 + 1 + 255 + 2, "too much was taken");
}

void check_http(const test::FuzzInput& input) {
    HttpTunnel first{"example.com", 443, "gyre", nullptr};
    HttpTunnel second{"example.com", 443, "gyre", nullptr};
    const Run whole = run(first, input, false);
    const Run split = run(second, input, true);
    // What is behind the reply is only seen if it comes in the same piece.
    const bool behind = whole.message == "the proxy sent bytes behind its reply";
    require((behind && split.state == State::established) ||
                (whole.state == split.state && whole.message == split.message),
            "the cuts decide");
    HttpTunnel answering{"example.com", 443, "gyre", std::make_shared<Answers>()};
    const Run answered = run(answering, input, true);
    require(answered.sent.size() <= (1 + HttpTunnel::max_answers) * 200, "asked too often");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::FuzzInput input{data, size};
    input.choice % 2 == 0 ? check_socks(input) : check_http(input);
    return 0;
}
