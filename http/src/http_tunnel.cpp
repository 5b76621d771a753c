#include "http_tunnel.hpp"

#include "client_errors.hpp"
#include "field_rules.hpp"
#include "http1_serializer.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/field.hpp>
#include <gyre/http/status.hpp>

#include <utility>
#include <vector>

namespace gyre::http::detail {

HttpTunnel::HttpTunnel(std::string_view host, std::uint16_t port, std::string user_agent,
                       std::shared_ptr<Authenticator> authenticator)
    : user_agent_(std::move(user_agent)),
      authenticator_(std::move(authenticator)),
      parser_(limits_) {
    const bool ipv6 = host.find(':') != std::string_view::npos;
    authority_.append(ipv6 ? "[" : "").append(host).append(ipv6 ? "]:" : ":");
    authority_ += std::to_string(port);
    parser_.expect_response_to("CONNECT");
    send_request();
}

void HttpTunnel::send_request() {
    const std::string authorization =
        authenticator_ ? authenticator_->authorization("CONNECT", authority_) : std::string{};
    std::vector<HTTPField> fields;
    if (!user_agent_.empty()) fields.push_back({"User-Agent", user_agent_});
    if (!authorization.empty()) fields.push_back({"Proxy-Authorization", authorization});
    std::string head;
    const SerializeError error = append_request_head(head, {.method = "CONNECT",
                                                            .target = authority_,
                                                            .host = authority_,
                                                            .fields = fields,
                                                            .framing = Framing::none()});
    if (error != SerializeError::none)
        return fail({Errc::invalid_argument,
                     "the request for a tunnel cannot be sent: " + std::string{to_string(error)}});
    reading_ = Reading::head;
    reply_begun_ = false;
    parser_.reset();
    send(std::move(head));
}

void HttpTunnel::give(std::string_view bytes) {
    reply_begun_ = reply_begun_ || !bytes.empty();
    input_ += bytes;
    Http1Event event = Http1Event::head;
    while (going_on() && event != Http1Event::need_more) {
        const Http1Step step = parser_.parse(input_, head_);
        event = step.event;
        // A head's views point into the input, so it stays there until it has been looked at.
        if (event == Http1Event::head) on_head();
        input_.erase(0, step.consumed);
        if (event == Http1Event::complete) on_complete();
        if (event == Http1Event::error) fail_with(parser_.error());
    }
}

void HttpTunnel::on_head() {
    if (head_.status == 101)
        return fail({Errc::protocol_error, "the proxy switched to another protocol"});
    if (head_.status < 200) {
        reading_ = Reading::interim;
    } else if (head_.status < 300) {
        reading_ = Reading::granted;
    } else if (head_.status == 407) {
        on_challenge();
    } else {
        refuse();
    }
}

void HttpTunnel::on_challenge() {
    std::vector<std::string_view> challenges;
    for (const Field& field : head_.fields)
        if (iequals(field.name, "Proxy-Authenticate")) challenges.push_back(field.value);
    if (!authenticator_ || answers_ == max_answers || !authenticator_->on_challenge(challenges))
        return refuse();
    ++answers_;
    reading_ = Reading::drained;
    if (!head_.keep_alive || !parser_.limit_body(max_drained)) want_reconnect();
}

void HttpTunnel::on_complete() {
    switch (reading_) {
        case Reading::interim:
            if (++interim_replies_ > max_interim_replies)
                return fail({Errc::limit_exceeded, "the proxy sent more than " +
                                                       std::to_string(max_interim_replies) +
                                                       " interim replies (1xx)"});
            reading_ = Reading::head;
            return parser_.reset();
        case Reading::granted:
            // Nobody speaks through the tunnel before we do.
            if (input_.empty()) return establish();
            return fail({Errc::protocol_error, "the proxy sent bytes behind its reply"});
        case Reading::drained:
            return input_.empty() ? send_request() : want_reconnect();
        case Reading::head:
            break;
    }
}

void HttpTunnel::refuse() {
    const std::string_view reason =
        head_.reason.empty() ? reason_phrase(head_.status) : head_.reason;
    std::string message = "the proxy answered " + std::to_string(head_.status);
    if (!reason.empty()) message.append(": ").append(reason);
    fail(gyre::detail::ErrorAccess::make(Errc::http_status, head_.status, "http",
                                         std::move(message)));
}

void HttpTunnel::fail_with(Http1Error error) {
    if (reading_ == Reading::drained) return want_reconnect();
    const bool too_large = error == Http1Error::head_too_large ||
                           error == Http1Error::field_too_large ||
                           error == Http1Error::too_many_fields;
    fail({too_large ? Errc::limit_exceeded : Errc::protocol_error,
          "the proxy's reply is not valid HTTP: " + std::string{describe(error)}});
}

// A proxy that said it would keep the connection, and did not, is asked on another one.
void HttpTunnel::finish(Error cause) {
    if (!going_on()) return gyre::detail::ErrorAccess::mark_looked_at(cause);
    if (reading_ != Reading::drained && (reply_begun_ || answers_ == 0))
        return fail_at_end(std::move(cause), reply_begun_);
    gyre::detail::ErrorAccess::mark_looked_at(cause);
    want_reconnect();
}

}  // namespace gyre::http::detail
