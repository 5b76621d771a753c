#include "support/fetch_report.hpp"

#include "support/command_line.hpp"
#include "support/json.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <source_location>
#include <string_view>

namespace example {
namespace {

using gyre::http::HTTPResponse;

std::string seconds(gyre::Duration duration, int digits) {
    std::array<char, 64> text{};
    const auto result = std::to_chars(text.data(), text.data() + text.size(),
                                      std::chrono::duration<double>(duration).count(),
                                      std::chars_format::fixed, digits);
    return {text.data(), result.ptr};
}

void append_key(std::string& out, std::string_view key) {
    out.append(out.back() == '{' ? "\"" : ",\"").append(key).append("\":");
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
    append_key(out, key);
    append_json(out, text);
}

void append_member(std::string& out, std::string_view key, std::uint64_t number) {
    append_key(out, key);
    out += std::to_string(number);
}

void append_headers(std::string& out, const gyre::http::HTTPHeaders& headers) {
    append_key(out, "headers");
    out += '[';
    for (const gyre::http::HTTPField& field : headers) {
        out += out.back() == '[' ? "[" : ",[";
        append_json(out, field.name);
        out += ',';
        append_json(out, field.value);
        out += ']';
    }
    out += ']';
}

void append_error(std::string& out, const gyre::Error& error) {
    append_key(out, "error");
    if (!error) {
        out += "null";
        return;
    }
    out += '{';
    append_member(out, "category", error.category());
    append_key(out, "code");
    out += std::to_string(error.code());
    append_member(out, "message", error.message());
    append_member(out, "phase", error.phase());
    append_key(out, "trace");
    out += '[';
    for (const std::source_location& place : error.trace()) {
        if (out.back() != '[') out += ',';
        append_json(out, std::string{place.file_name()} + ":" + std::to_string(place.line()));
    }
    out += "]}";
}

}  // namespace

void append_line(std::string& out, const HTTPResponse& response, std::uint64_t body_bytes) {
    append_outcome(out, response.request.url, response.error, response.code, body_bytes,
                   response.request_time);
}

void append_outcome(std::string& out, std::string_view url, const gyre::Error& error, int status,
                    std::uint64_t body_bytes, gyre::Duration time) {
    out += printable(url);
    if (error)
        out.append(": error: ").append(printable(error.message()));
    else
        out.append(": ")
            .append(std::to_string(status))
            .append(", ")
            .append(std::to_string(body_bytes))
            .append(" bytes, ")
            .append(seconds(time, 3))
            .append(" s");
    out += '\n';
}

void append_json_line(std::string& out, const HTTPResponse& response, std::uint64_t body_bytes) {
    out += '{';
    append_member(out, "url", response.request.url);
    append_member(out, "effective_url", response.effective_url);
    append_member(out, "code", static_cast<std::uint64_t>(response.code));
    append_member(out, "reason", response.reason);
    append_headers(out, response.headers);
    append_member(out, "body_bytes", body_bytes);
    append_error(out, response.error);
    append_member(out, "redirects", response.redirects.size());
    append_key(out, "time_total_s");
    out += seconds(response.request_time, 6);
    append_member(out, "http_version", response.http_version);
    out += "}\n";
}

}  // namespace example
