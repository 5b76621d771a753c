#pragma once

#include "http1_head.hpp"
#include "http1_limits.hpp"
#include "http1_parser.hpp"
#include "authenticator.hpp"
#include "proxy_handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Asks an HTTP proxy for a tunnel: CONNECT, RFC 9110 9.3.6. A 2xx reply is the tunnel, whatever it
// says of a body. A 407 that the authenticator has an answer to is asked again: on the same
// connection if its body is soon at its end and the proxy keeps it, else `reconnect`. Any other
// status is an error with that status as its code. Replies are read as strictly as a server's are.
class HttpTunnel final : public ProxyHandshake {
public:
    static constexpr int max_interim_replies = 16;
    static constexpr int max_answers = 3;  // to challenges, on one connection
    static constexpr std::uint64_t max_drained = 64 * kib;

    // `host` has no brackets. Without an authenticator no credentials are sent.
    HttpTunnel(std::string_view host, std::uint16_t port, std::string user_agent,
               std::shared_ptr<Authenticator> authenticator);

    std::size_t wanted() const noexcept override { return limits_.max_head; }
    void give(std::string_view bytes) override;
    void finish(Error cause) override;

private:
    enum class Reading {
        head,     ///< Of an interim reply or of the one that counts.
        interim,  ///< Behind the head of an interim reply, which has nothing else.
        granted,  ///< Behind the head of a 2xx.
        drained,  ///< The body of a 407 that will be answered on this connection.
    };

    void send_request();
    void on_event(Http1Event event);
    void on_head();
    void on_challenge();
    void on_complete();
    void refuse();
    void fail_with(Http1Error error);

    std::string authority_;
    std::string user_agent_;
    std::shared_ptr<Authenticator> authenticator_;
    Http1Limits limits_;
    ResponseParser parser_;
    MessageHead head_;
    Reading reading_ = Reading::head;
    std::string input_;  // what the parser has not consumed
    int interim_replies_ = 0;
    int answers_ = 0;
    bool reply_begun_ = false;
};

}  // namespace gyre::http::detail
