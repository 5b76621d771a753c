// A whole client in front of servers in memory that send anything. Its fetch has to come to an end,
// in one callback, and a good page that is fetched next must be that page.

#include "http1_split_check.hpp"
#include <gyre/http/async_http_client.hpp>
#include <gyre/log.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>
#include <gyre/resolver.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace gyre;
using namespace gyre::http;
using gyre::http::detail::test::FuzzInput;
using gyre::http::detail::test::require;

namespace {

// In what servers send: what follows waits for more of a request; or it was for this connection,
// which then ends, breaks, or stays open, and what follows is for the next one.
constexpr char waits = '\x1c';
constexpr std::string_view ends = "\x1d\x1e\x1f";
constexpr char stays = '\x1d';
constexpr char closes = '\x1e';

/// One connection as the server sees it.
class Peer {
public:
    Peer(std::unique_ptr<Transport> transport, std::string script, char end, bool waiting)
        : transport_(std::move(transport)),
          script_(std::move(script)),
          end_(end),
          waiting_(waiting) {}

    /// Reads, and sends the next piece. True if anything happened.
    bool step(const FuzzInput& input) {
        const bool heard = read();
        if (over_ || waiting_) return heard;
        if (at_ == script_.size()) return finish() || heard;
        if (script_[at_] == waits) {
            ++at_;
            return waiting_ = true;
        }
        std::string_view piece = std::string_view{script_}.substr(at_);
        piece = piece.substr(0, piece.find(waits));
        if (input.choice >= 32) piece = piece.substr(0, input.piece_at(at_));
        return send(piece) || heard;
    }

    /// From now on it is a good server.
    void reform() {
        read();
        received_.clear();
        good_ = true;
        waiting_ = true;
    }

private:
    bool read() {
        std::array<char, 16384> room;
        bool heard = false;
        while (!over_) {
            const IOResult result = transport_->read_some(room);
            result.error.ignore("the client may break it off");
            if (result.status == IOStatus::would_block) break;
            heard = true;
            if (result.status != IOStatus::ok) over_ = true;
            received_.append(room.data(), result.bytes);
            waiting_ = good_;
        }
        if (good_ && !over_ && received_.find("\r\n\r\n") != std::string::npos) {
            received_.clear();
            send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
        }
        return heard;
    }
    bool send(std::string_view piece) {
        const std::string_view buffers[] = {piece};
        const IOResult result = transport_->write_some(buffers);
        result.error.ignore("the client may break it off");
        if (result.status == IOStatus::failed) over_ = true;
        if (!good_) at_ += result.bytes;
        return result.bytes > 0;
    }
    bool finish() {
        if (end_ == stays || std::exchange(finished_, true)) return false;
        end_ == closes ? transport_->shutdown_write() : transport_->abort();
        over_ = end_ != closes;
        return true;
    }

    std::unique_ptr<Transport> transport_;
    std::string script_;
    char end_;
    bool waiting_;  // for something to read
    std::size_t at_ = 0;
    bool finished_ = false;
    bool over_ = false;
    bool good_ = false;
    std::string received_;
};

/// Makes a peer of each connection; its part of the input is what that will send.
class ScriptedNetwork final : public Network {
public:
    ScriptedNetwork(std::string scripts, bool waiting)
        : scripts_(std::move(scripts)), waiting_(waiting) {}

    AcceptorResult listen(const gyre::detail::ReactorRef&, const Address&,
                          const ListenOptions&) override {
        return {.error = Error{Errc::not_supported}};
    }
    TransportResult connect(const gyre::detail::ReactorRef& reactor, const Address&,
                            const ConnectOptions&) override {
        require(peers.size() < 100, "it connects again and again");
        auto [near, far] = make_memory_pair(reactor);
        const std::size_t end = std::min(scripts_.find_first_of(ends), scripts_.size());
        const char behind = end < scripts_.size() ? scripts_[end] : closes;
        peers.push_back(
            std::make_unique<Peer>(std::move(far), scripts_.substr(0, end), behind, waiting_));
        scripts_.erase(0, end + 1);
        if (good) peers.back()->reform();
        return {.transport = std::move(near)};
    }

    std::vector<std::unique_ptr<Peer>> peers;
    bool good = false;

private:
    std::string scripts_;
    bool waiting_;
};

/// Every name is one of this host.
class LocalResolver final : public Resolver {
public:
    Lookup resolve(std::string_view, std::uint16_t port,
                   Callback<void(Error, std::vector<Address>)> callback) override {
        std::vector<Address> addresses{Address::from_ip("127.0.0.1", port).value_or(Address{})};
        gyre::detail::post_result(reactor, std::move(callback), Error{}, std::move(addresses));
        return {};
    }
    gyre::detail::ReactorRef reactor;
};

HTTPRequest request_of(unsigned options) {
    constexpr std::array methods{"GET", "HEAD", "POST", "PUT"};
    HTTPRequest request{.url = "http://a.test/", .method = methods[options % 4]};
    if (options % 4 > 1) request.body = "a body";
    if (options & 4U) request.streaming_callback = [](std::string_view) {};
    if (options & 8U) {
        request.max_body_size = 20;
        request.max_header_size = 128;
        request.max_header_line = 40;
        request.max_header_count = 4;
        request.max_redirects = 1;
    }
    if (options & 16U) {
        request.cookie_jar.emplace();
        request.auth_username = "user";
        request.auth_password = "password";
        request.auth_mode = AuthMode::digest;
    }
    request.expect_100_continue = (options & 32U) != 0 && options % 4 > 1;
    request.retries = (options & 128U) != 0 ? 1 : 0;
    return request;
}

class World {
public:
    World(const FuzzInput& input, std::string scripts, bool waiting)
        : input_(input), network(std::make_shared<ScriptedNetwork>(std::move(scripts), waiting)) {
        resolver->reactor = gyre::detail::ReactorRef{reactor};
        reactor.on_unhandled_error(
            [](const Error&) { require(false, "an error that nobody was told"); });
    }

    World(const World&) = delete;
    World& operator=(const World&) = delete;
    // They and the reactor hold each other.
    ~World() {
        resolver->reactor = {};
        network->peers.clear();
    }

    HTTPResponse fetch(HTTPRequest request) {
        int calls = 0;
        HTTPResponse got;
        client.fetch(std::move(request), [&](HTTPResponse response) {
            ++calls;
            got = std::move(response);
        });
        require(calls == 0, "called inline");
        for (int i = 0; i < 100 && calls == 0; ++i) {
            settle();
            if (calls == 0) clock->advance(std::chrono::seconds{1});
        }
        settle();
        require(calls == 1, "not one callback");
        require(static_cast<bool>(got.error) == (got.code < 200 || got.code > 299),
                "status and error differ");
        return got;
    }
    void expect_idle() const {
        for (const PendingOperation& operation : reactor.pending())
            require(!operation.keeps_running, "work is left");
    }

private:
    void settle() {
        bool busy = true;
        for (int turns = 0; busy; ++turns) {
            require(turns < 100'000, "the loop does not settle");
            busy = reactor.poll() > 0;
            for (const auto& peer : network->peers)
                busy = peer->step(input_) || busy;
        }
    }

    const FuzzInput& input_;

public:
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::shared_ptr<ScriptedNetwork> network;
    std::shared_ptr<LocalResolver> resolver = std::make_shared<LocalResolver>();
    Reactor reactor{{.clock = clock, .network = network, .resolver = resolver}};
    AsyncHTTPClient client{reactor};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = [] {
        set_log_handler([](LogLevel, std::string_view) {});
        return true;
    }();
    static_cast<void>(quiet);
    const FuzzInput input{data, size};
    const unsigned options = input.text.empty() ? 0 : static_cast<unsigned char>(input.text[0]);
    World world{input, input.text.empty() ? "" : input.text.substr(1), (options & 64U) == 0};
    world.fetch(request_of(options));
    world.network->good = true;
    for (const auto& peer : world.network->peers)
        peer->reform();
    const HTTPResponse next = world.fetch({.url = "http://a.test/"});
    require(next.body == "good", "the next fetch got what was not for it");
    world.expect_idle();
    return 0;
}
