#include "conditional.hpp"
#include "exchange.hpp"
#include "http_date.hpp"
#include "server_connection.hpp"
#include <gyre/http/status.hpp>

#include <array>
#include <chrono>
#include <span>
#include <string>
#include <utility>

// Conditional requests (RFC 9110 section 13) for Exchange.
namespace gyre::http::detail {
namespace {

std::chrono::sys_seconds now() noexcept {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

bool Exchange::answer_conditional(const std::optional<ETag>& etag,
                                  std::optional<std::chrono::sys_seconds> modified) {
    if (!is_open() || response_begun()) return !is_open();
    if (etag && !is_etag_value(etag->value)) {
        fail({Errc::invalid_argument, "answer_conditional: an entity tag that cannot be sent"});
        return true;
    }
    if (!prepare_unmodified({.etag = etag, .last_modified = modified})) return false;
    encode(true, {});
    return true;
}

// True if the answer is 304 or 412, which is prepared but for its end. What was written is dropped.
bool Exchange::prepare_unmodified(const Validators& validators) {
    const Condition condition =
        evaluate_conditions(head.method, HTTPHeadersView{head.fields}, validators, now());
    // A PUT that goes on makes another representation than the one that these are of (RFC 9110
    // section 9.3.4).
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (condition == Condition::proceed && !reads) return false;
    HTTPHeaders& headers = writer_.headers();
    if (validators.etag && !headers.contains("ETag"))
        headers.set("ETag", validators.etag->to_string());
    if (validators.last_modified && !headers.contains("Last-Modified"))
        headers.set("Last-Modified", format_http_date(*validators.last_modified));
    if (condition == Condition::proceed) return false;
    prepare_status(condition == Condition::failed ? 412 : 304);
    return true;
}

// An answer of its own in place of the one that the fields about the content were for.
void Exchange::prepare_status(int status) {
    for (Callback<void(Error)>& callback : writer_.body().take_callbacks())
        tell(std::move(callback), {});
    HTTPHeaders& headers = writer_.headers();
    for (const std::string_view name : {"Content-Type", "Content-Length", "Content-Encoding"})
        headers.erase(name);
    writer_.set_status(status, {});
    if (status == 304) return;
    // They let caches keep the representation, not an error in its place.
    for (const std::string_view name : {"Cache-Control", "Expires"})
        headers.erase(name);
    writer_.body().append(std::to_string(status) + ": ");
    writer_.body().append(reason_phrase(status));
    writer_.body().append("\n");
}

// A body in so many pieces that it was hardly written at once is sent as it is.
void Exchange::add_auto_etag(std::string_view data) {
    HTTPHeaders& headers = writer_.headers();
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (response_begun() || !reads || writer_.status() != 200 || headers.contains("ETag") ||
        writer_.body().holds_file())
        return;
    std::array<std::string_view, 65> pieces;
    std::size_t used = writer_.body().front(std::span{pieces}.first(64));
    if (used == 64) return;
    pieces[used++] = data;
    // A handler for HEAD may say how long the body is without writing it.
    if (head.method == "HEAD" && writer_.body_bytes() + data.size() == 0) return;
    const ETag tag = etag_of(std::span{pieces}.first(used));
    headers.set("ETag", tag.to_string());
    if (evaluate_conditions(head.method, HTTPHeadersView{head.fields}, {.etag = tag}, now()) ==
        Condition::not_modified)
        prepare_status(304);
}

}  // namespace gyre::http::detail
