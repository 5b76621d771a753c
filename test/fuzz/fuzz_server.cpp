// A whole server on one end of a stream in memory, a client that sends anything on the other. The
// loop has to settle, and every answer has to be well-formed HTTP.

#include "http1_parser.hpp"
#include "http1_split_check.hpp"
#include <gyre/http/http_server.hpp>
#include <gyre/http/multipart.hpp>
#include <gyre/iostream.hpp>
#include <gyre/log.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/network.hpp>
#include <gyre/reactor.hpp>
#include <gyre/reactor_ref.hpp>

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

/// Hands out the transport that it is given, once.
class OneConnection final : public Acceptor {
public:
    void set_listener(AcceptListener* listener) noexcept override { listener_ = listener; }
    void want_accept(bool) noexcept override {}
    TransportResult accept() noexcept override { return {.transport = std::move(next_)}; }
    Address local_address() const noexcept override { return {}; }
    int native_handle() const noexcept override { return -1; }

    void offer(std::unique_ptr<Transport> transport) {
        next_ = std::move(transport);
        if (listener_) listener_->on_acceptable();
    }

private:
    AcceptListener* listener_ = nullptr;
    std::unique_ptr<Transport> next_;
};

class OneConnectionNetwork final : public Network {
public:
    AcceptorResult listen(const gyre::detail::ReactorRef&, const Address&,
                          const ListenOptions&) override {
        auto made = std::make_unique<OneConnection>();
        acceptor = made.get();
        return {.acceptor = std::move(made)};
    }
    TransportResult connect(const gyre::detail::ReactorRef&, const Address&,
                            const ConnectOptions&) override {
        return {.error = Error{Errc::not_supported}};
    }
    OneConnection* acceptor = nullptr;
};

HTTPServerOptions options_of(const FuzzInput& input) {
    if (input.choice == 200) return {.proxy_protocol = ProxyProtocol::required};
    if (input.choice % 2 == 0) return {.compress_response = true, .decompress_request = true};
    return {.max_head_size = 200,
            .max_field_line_size = 60,
            .max_fields = 4,
            .max_target_size = 40,
            .max_body_size = 20,
            .max_pipelined = 3,
            .compress_response = true,
            .decompress_request = true};
}

/// Handlers of every kind; what each does comes from its request's path.
class Handlers {
public:
    Handlers(Reactor& reactor, const FuzzInput& input) : server(reactor, options_of(input)) {
        server.get(
            "/", [](const HTTPServerRequest&, const HTTPServerResponse& to) { to.finish("now"); });
        server.route("*", "/echo", [](const HTTPServerRequest& from, const HTTPServerResponse& to) {
            to.finish(from.body());
        });
        server.get("/later", [&reactor](const HTTPServerRequest&, const HTTPServerResponse& to) {
            to.write("one");
            to.on_connection_close([] {});
            reactor.call_later(std::chrono::seconds{1}, [to] { to.finish("two"); });
        });
        server.get("/fail", [](const HTTPServerRequest&, const HTTPServerResponse& to) {
            to.write("half", [](const Error& error) { error.ignore("as planned"); });
            to.fail(Error{Errc::canceled});
        });
        server.get("/close", [](const HTTPServerRequest&, const HTTPServerResponse& to) {
            to.set_header("Connection", "close").ignore("a good field");
            to.finish(std::string(70'000, 'x'));
        });
        server.get("/forget", [](const HTTPServerRequest&, const HTTPServerResponse&) {});
        server.get("/empty", [](const HTTPServerRequest&, const HTTPServerResponse& to) {
            to.set_status(204).ignore("a good status");
            to.finish("none");
        });
        server.route("*", "/tail", [](const HTTPServerRequest& from, const HTTPServerResponse& to) {
            for (const HTTPField& field : from.trailers())
                to.add_trailer(field.name, field.value).ignore("some may be none");
            to.add_trailer("Scheme", from.scheme()).ignore("a good field");
            to.finish(from.remote_address().host());
        });
        server.get("/upgrade", [](const HTTPServerRequest&, const HTTPServerResponse& to) {
            to.upgrade("echo", [to](const Error& error, const IOStream& stream) {
                error ? to.finish("as before") : stream.close();
            });
        });
        server.stream(
            "POST", "/up", [](const HTTPServerRequest& from, const HTTPServerResponse& to) {
                from.set_max_body_size(50);
                from.on_data([to](std::string_view piece) { to.write(piece); });
                from.on_finish([to](const Error& error) { error ? to.fail(error) : to.finish(); });
            });
        server.stream(
            "POST", "/early", [](const HTTPServerRequest& from, const HTTPServerResponse& to) {
                from.on_finish([](const Error& error) { error.ignore("of no interest"); });
                to.finish("early");
            });
        server.stream("POST", "/form", read_form);
    }
    // Each part ends before the next begins, and all of them before the form does.
    static void read_form(const HTTPServerRequest& from, const HTTPServerResponse& to) {
        const MultipartReader reader{from, {.max_parts = 5, .max_field_size = 20}};
        const auto open_parts = std::make_shared<int>(0);
        reader.on_part([to, open_parts](const MultipartPart& part) {
            require((*open_parts)++ == 0, "a part within a part");
            part.on_data([to](std::string_view piece) { to.write(piece); });
            part.on_finish([open_parts](const Error& error) {
                error.ignore("the form is told");
                --*open_parts;
            });
            part.read([](const Error& error, const std::string& text) {
                require(error || text.size() <= 20, "a field is too large");
            });
        });
        reader.on_finish([to, open_parts](const Error& error) {
            require(*open_parts == 0, "the form ended within a part");
            error ? to.send_error(form_status(error)) : to.finish();
        });
    }
    HTTPServer server;
};

/// Answers come in the order of the requests, and a request's method is needed to read its answer.
/// The fuzzer's HEAD requests make that ambiguous, so their answers end the check.
void check_answers(std::string_view all, const std::string& sent, bool aborted) {
    static const gyre::http::detail::Http1Limits limits{};
    if (sent.find("HEAD ") != std::string::npos) return;
    while (!all.empty()) {
        gyre::http::detail::ResponseParser parser{limits};
        parser.expect_response_to("GET");
        gyre::http::detail::MessageHead head;
        gyre::http::detail::Http1Event event{};
        do {
            const auto step = parser.parse(all, head);
            all.remove_prefix(step.consumed);
            event = step.event;
        } while (event == gyre::http::detail::Http1Event::head ||
                 event == gyre::http::detail::Http1Event::body);
        require(event != gyre::http::detail::Http1Event::error, "a malformed answer");
        if (event == gyre::http::detail::Http1Event::complete) continue;
        require(aborted || head.body_kind == gyre::http::detail::BodyKind::until_close,
                "an answer without its end");
        return;
    }
}

class Peer {
public:
    Peer(Reactor& reactor, ManualClock& clock, std::unique_ptr<Transport> transport)
        : reactor_(reactor), clock_(clock), transport_(std::move(transport)) {}

    void send(std::string_view bytes) {
        while (!bytes.empty() && !ended_) {
            const std::string_view part[] = {bytes};
            const IOResult result = transport_->write_some(part);
            result.error.ignore("the server may close at any time");
            if (result.status == IOStatus::failed) ended_ = true;
            bytes.remove_prefix(result.bytes);
            const std::size_t before = received.size();
            settle();
            if (result.bytes == 0 && received.size() == before) return;  // it takes no more
        }
    }
    void finish() {
        transport_->shutdown_write();
        // More than any answer here takes.
        for (int i = 0; i < 400 && !ended_; ++i) {
            clock_.advance(std::chrono::seconds{1});
            settle();
        }
        require(ended_, "the server does not end the connection");
        settle();
    }

    std::string received;
    bool aborted = false;

private:
    void settle() {
        for (int turns = 0; reactor_.poll() > 0; ++turns) {
            require(turns < 10'000, "the loop does not settle");
            read();
        }
        read();
    }
    void read() {
        std::array<char, 65536> room;
        for (;;) {
            const IOResult result = transport_->read_some(room);
            result.error.ignore("that is what `aborted` says");
            if (result.status == IOStatus::would_block) return;
            if (result.status != IOStatus::ok) {
                ended_ = true;
                aborted = aborted || result.status == IOStatus::failed;
                return;
            }
            received.append(room.data(), result.bytes);
        }
    }

    Reactor& reactor_;
    ManualClock& clock_;
    std::unique_ptr<Transport> transport_;
    bool ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = [] {
        set_log_handler([](LogLevel, std::string_view) {});
        return true;
    }();
    static_cast<void>(quiet);
    const FuzzInput input{data, size};
    const auto clock = std::make_shared<ManualClock>();
    const auto network = std::make_shared<OneConnectionNetwork>();
    Reactor reactor{{.clock = clock, .network = network}};
    reactor.on_unhandled_error([](const Error& error) { error.ignore("handlers that let go"); });
    Handlers handlers{reactor, input};
    require(!handlers.server.listen(0, "127.0.0.1"), "listen");
    auto [near, far] = make_memory_pair(gyre::detail::ReactorRef{reactor});
    network->acceptor->offer(std::move(near));
    Peer peer{reactor, *clock, std::move(far)};
    for (std::size_t at = 0; at < input.text.size();) {
        const std::size_t step = input.choice < 32 ? input.text.size() : input.piece_at(at);
        peer.send(std::string_view{input.text}.substr(at, step));
        at += step;
    }
    peer.finish();
    require(handlers.server.connections() == 0, "a connection is left");
    check_answers(peer.received, input.text, peer.aborted);
    return 0;
}
