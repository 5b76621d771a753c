#include "response_writer.hpp"

#include "decimal.hpp"
#include "field_rules.hpp"

#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

constexpr std::size_t largest_file_compressed = 256 * 1024;

}  // namespace

void ResponseWriter::reset() noexcept {
    status_ = 200;
    state_ = State::open;
    keep_alive_ = send_body_ = to_http11_ = true;
    framing_ = {};
    remaining_ = body_encoded_ = 0;
    reason_.clear();
    headers_.clear();
    trailers_.reset();
    body_ = {};
    coding_.reset();
    may_compress_ = true;
}

void ResponseWriter::set_upgrade(std::string_view protocol) {
    status_ = 101;
    reason_.clear();
    headers_.erase("Content-Length");
    headers_.set("Connection", "Upgrade");
    headers_.set("Upgrade", protocol);
}

bool ResponseWriter::add_trailer(std::string_view name, std::string_view value) {
    const bool too_late = state_ != State::open && send_body_ && to_http11_ &&
                          framing_.kind != Framing::Kind::chunked;
    if (too_late) return false;
    if (!trailers_) trailers_ = std::make_unique<HTTPHeaders>();
    trailers_->add(name, value);
    return true;
}

// Each once, for the Trailer field.
std::string ResponseWriter::trailer_names() const {
    HTTPHeaders names;
    std::string list;
    for (const HTTPField& field : *trailers_) {
        if (names.contains(field.name)) continue;
        names.add(field.name, "");
        list.append(list.empty() ? "" : ", ").append(field.name);
    }
    return list;
}

bool ResponseWriter::says_close() const noexcept {
    for (const HTTPField& field : headers_)
        if (iequals(field.name, "Connection") && has_token(field.value, "close")) return true;
    return false;
}

SerializeError ResponseWriter::encode(gyre::detail::OutputQueue& out,
                                      const ResponseContext& context, bool last,
                                      std::string_view data) {
    if (coding_ || (context.compression && state_ == State::open))
        if (const auto error = apply_coding(context, last, data); error != SerializeError::none)
            return error;
    if (state_ == State::open) {
        const std::uint64_t size = body_.bytes() + data.size();
        if (const auto error = decide_framing(context, last, size); error != SerializeError::none)
            return error;
        if (const auto error = append_head(out.tail(), context, size > 0 || !last);
            error != SerializeError::none)
            return error;
        state_ = State::streaming;
    }
    return append_body(out, last, data);
}

// What was written gives way to what it is compressed to; whatever comes after sees only that.
SerializeError ResponseWriter::apply_coding(const ResponseContext& context, bool last,
                                            std::string_view& data) {
    // A large file goes out as it is, by the system; to read it would hold up the loop.
    if (state_ == State::open && body_.holds_file() && body_.bytes() > largest_file_compressed)
        may_compress_ = false;
    if (state_ == State::open && may_compress_) {
        UncodedResponse response{.status = status_,
                                 .head_request = context.head_request,
                                 .whole = last,
                                 .size = body_.bytes() + data.size()};
        if (const auto given = headers_.get("Content-Length")) {
            response.declared = parse_decimal<std::uint64_t>(*given);
            if (!response.declared) return SerializeError::framing_conflict;
        }
        coding_ =
            BodyEncoding::begin(*context.compression, context.request_fields, response, headers_);
    }
    if (!coding_) return SerializeError::none;
    if (!coding_->apply(body_, data, last)) return SerializeError::framing_conflict;
    data = {};
    return SerializeError::none;
}

SerializeError ResponseWriter::decide_framing(const ResponseContext& context, bool last,
                                              std::uint64_t size) {
    to_http11_ = context.version_minor >= 1;
    keep_alive_ = status_ == 101 || (context.keep_alive && !says_close());
    send_body_ = !context.head_request && !never_has_body();
    if (status_ == 204) headers_.erase("Content-Length");  // RFC 9110 section 8.6
    const bool has_trailers = trailers_ && to_http11_ && !never_has_body();
    if (has_trailers) headers_.erase("Content-Length");
    if (const auto given = headers_.get("Content-Length")) {
        const auto length = parse_decimal<std::uint64_t>(*given);
        if (!length) return SerializeError::framing_conflict;
        if (send_body_ && (last ? size != *length : size > *length))
            return SerializeError::framing_conflict;
        framing_ = Framing::of_length(*length);
    } else if (never_has_body()) {
        framing_ = Framing::none();
    } else if (last && coding_ && coding_->length_unknown()) {
        framing_ = Framing::none();
    } else if (last && !has_trailers) {
        framing_ = Framing::of_length(size);
    } else if (context.version_minor >= 1) {
        framing_ = Framing::chunked();
    } else {
        framing_ = Framing::none();  // HTTP/1.0: the end of the connection ends the body
        keep_alive_ = keep_alive_ && context.head_request;
    }
    remaining_ = framing_.length;
    return SerializeError::none;
}

SerializeError ResponseWriter::append_head(std::string& out, const ResponseContext& context,
                                           bool has_body) {
    // Reused by every response of the thread: the list's memory is what would cost.
    thread_local std::vector<HTTPField> fields;
    fields.clear();
    if (!context.server_name.empty() && !headers_.contains("Server"))
        fields.push_back({"Server", context.server_name});
    if (has_body && !never_has_body() && !headers_.contains("Content-Type"))
        fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
    if (!keep_alive_ && !says_close())
        fields.push_back({"Connection", "close"});
    else if (keep_alive_ && context.version_minor == 0)
        fields.push_back({"Connection", "keep-alive"});
    std::string trailers;
    if (trailers_ && framing_.kind == Framing::Kind::chunked && !headers_.contains("Trailer")) {
        trailers = trailer_names();
        fields.push_back({"Trailer", trailers});
    }
    // Whether the connection goes on has been decided: a wish of the user's would contradict.
    for (const HTTPField& field : headers_)
        if (!iequals(field.name, "Connection") || !iequals(field.value, "keep-alive"))
            fields.push_back(field);
    return append_response_head(out, {.status = status_,
                                      .reason = reason_,
                                      .date = context.date,
                                      .fields = fields,
                                      .framing = framing_});
}

SerializeError ResponseWriter::append_body(gyre::detail::OutputQueue& out, bool last,
                                           std::string_view data) {
    const std::uint64_t size = body_.bytes() + data.size();
    if (framing_.kind == Framing::Kind::length && send_body_) {
        if (size > remaining_ || (last && size < remaining_))
            return SerializeError::framing_conflict;
        remaining_ -= size;
    }
    const bool chunked = send_body_ && framing_.kind == Framing::Kind::chunked;
    if (!send_body_) {
        for (auto& callback : body_.take_callbacks())
            out.when_sent(std::move(callback));
    } else {
        body_encoded_ += size;
        if (chunked && size > 0) append_chunk_header(out.tail(), static_cast<std::size_t>(size));
        if (!body_.empty()) out.splice(body_);
        if (!data.empty()) out.append(data);
        if (chunked && size > 0) out.append("\r\n");
    }
    if (!last) return SerializeError::none;
    state_ = State::done;
    if (!chunked) return SerializeError::none;
    return append_last_chunk(out.tail(), trailers_ ? trailers_->fields() : Fields{});
}

}  // namespace gyre::http::detail
