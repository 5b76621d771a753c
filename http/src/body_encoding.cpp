#include "body_encoding.hpp"

#include "accept.hpp"
#include "field_rules.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

constexpr std::size_t most_of_a_file_at_once = 64 * 1024;

using gyre::detail::OutputQueue;

// The server's order: the smaller result first.
constexpr std::array offered{ContentCoding::brotli, ContentCoding::gzip, ContentCoding::deflate};

bool forbids_transforming(const HTTPHeaders& headers) noexcept {
    for (const HTTPField& field : headers)
        if (iequals(field.name, "Cache-Control") && has_token(field.value, "no-transform"))
            return true;
    return false;
}

// Fields that speak of the very bytes of the body: it must stay as it is.
bool describes_bytes(const HTTPHeaders& headers) noexcept {
    for (const HTTPField& field : headers)
        for (const std::string_view name :
             {"Content-Encoding", "Content-Range", "Content-Digest", "Repr-Digest", "Content-MD5"})
            if (iequals(field.name, name)) return true;
    return false;
}

bool fits(std::string_view type, std::string_view pattern) noexcept {
    if (!pattern.ends_with("/*")) return iequals(type, pattern);
    pattern.remove_suffix(1);
    return iequals(type.substr(0, pattern.size()), pattern);
}

bool has_listed_type(const CompressionOptions& options, const HTTPHeaders& headers) noexcept {
    const std::string_view value = headers.get("Content-Type", "text/plain");
    const std::string_view type = trim(value.substr(0, value.find(';')));
    for (const std::string& pattern : options.types)
        if (fits(type, pattern)) return true;
    return false;
}

bool is_eligible(const CompressionOptions& options, const UncodedResponse& response,
                 const HTTPHeaders& headers) noexcept {
    constexpr int not_modified = 304;  // says what another response says
    if (response.status < 200 || response.status == 204 || response.status == 206) return false;
    if (response.status != not_modified) {
        const bool known = response.whole || response.declared;
        if (known && response.declared.value_or(response.size) < options.min_size) return false;
    }
    return !describes_bytes(headers) && !forbids_transforming(headers) &&
           has_listed_type(options, headers);
}

void add_vary(HTTPHeaders& headers) {
    for (const HTTPField& field : headers)
        if (iequals(field.name, "Vary") &&
            (has_token(field.value, "Accept-Encoding") || has_token(field.value, "*")))
            return;
    headers.add("Vary", "Accept-Encoding");
}

void weaken_etag(HTTPHeaders& headers) {
    const auto etag = headers.get("ETag");
    if (etag && !etag->starts_with("W/")) headers.set("ETag", "W/" + std::string{*etag});
}

}  // namespace

std::unique_ptr<BodyEncoding> BodyEncoding::begin(const CompressionOptions& options,
                                                  HTTPHeadersView request_fields,
                                                  const UncodedResponse& response,
                                                  HTTPHeaders& headers) {
    if (!is_eligible(options, response, headers)) return nullptr;
    add_vary(headers);
    // A client that takes nothing the server has is better served with the plain body than not.
    const ContentCoding coding =
        choose_coding(request_fields, offered).value_or(ContentCoding::identity);
    if (coding == ContentCoding::identity) return nullptr;
    weaken_etag(headers);
    if (response.status == 304) return nullptr;
    headers.set("Content-Encoding", coding_name(coding));
    headers.erase("Content-Length");
    headers.erase("Accept-Ranges");
    return std::make_unique<BodyEncoding>(coding, options, response);
}

// What is written to HEAD matters only for its length, and only if all of it is there.
BodyEncoding::BodyEncoding(ContentCoding coding, const CompressionOptions& options,
                           const UncodedResponse& response)
    : encoder_(coding, coding == ContentCoding::brotli ? options.brotli_level : options.gzip_level),
      left_(response.head_request ? std::nullopt : response.declared),
      skip_(response.head_request &&
            (!response.whole || response.declared.value_or(response.size) != response.size)),
      length_unknown_(skip_) {}

bool BodyEncoding::apply(OutputQueue& body, std::string_view data, bool last) {
    const std::uint64_t size = body.bytes() + data.size();
    if (left_) {
        if (size > *left_ || (last && size < *left_)) return false;
        *left_ -= size;
    }
    if (skip_) return true;
    OutputQueue plain;
    plain.splice(body);
    std::string coded;
    std::array<std::string_view, 16> parts;
    std::vector<OutputQueue::DoneCallback> done;
    while (!plain.empty()) {
        if (const auto file = plain.front_file(most_of_a_file_at_once)) {
            const std::optional<std::string> bytes = file->read();
            if (!bytes) {
                for (OutputQueue::DoneCallback& callback : done)
                    body.when_sent(std::move(callback));
                body.splice(plain);
                return false;
            }
            encoder_.write(*bytes, coded);
            plain.advance(bytes->size(), done);
            continue;
        }
        const std::size_t used = plain.front(parts);
        std::size_t taken = 0;
        for (std::size_t i = 0; i < used; ++i) {
            encoder_.write(parts[i], coded);
            taken += parts[i].size();
        }
        plain.advance(taken, done);
    }
    encoder_.write(data, coded);
    last ? encoder_.finish(coded) : encoder_.flush(coded);
    body.append(std::move(coded));
    for (OutputQueue::DoneCallback& callback : done)
        body.when_sent(std::move(callback));
    return true;
}

Error check(const CompressionOptions& options) {
    const auto refuse = [](std::string why) {
        return Error{Errc::invalid_argument, std::move(why)};
    };
    if (options.min_size == 0) return refuse("CompressionOptions::min_size is zero");
    if (options.gzip_level < 1 || options.gzip_level > 9)
        return refuse("CompressionOptions::gzip_level is not 1 to 9");
    if (options.brotli_level < 0 || options.brotli_level > 11)
        return refuse("CompressionOptions::brotli_level is not 0 to 11");
    for (const std::string_view type : options.types) {
        const std::size_t slash = type.find('/');
        if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) ||
            !is_token(type.substr(slash + 1)))
            return refuse("CompressionOptions::types: not a media type: " + std::string{type});
    }
    return {};
}

}  // namespace gyre::http::detail
