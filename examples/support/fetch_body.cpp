#include "support/fetch_body.hpp"

#include "support/progress.hpp"

#include <charconv>

namespace example {

using gyre::http::HTTPRequest;
using gyre::http::HTTPResponse;

bool FetchBody::open(const std::string& file) {
    file_.open(file, std::ios::binary);
    return file_.is_open();
}

void FetchBody::attach(HTTPRequest& request) {
    request.head_callback = [this](const HTTPResponse& response) { on_head(response); };
    request.streaming_callback = [this](std::string_view piece) { on_piece(piece); };
}

void FetchBody::begin(gyre::TimePoint now) {
    begin_ = now;
    bytes_ = 0;
    length_.reset();
}

void FetchBody::on_head(const HTTPResponse& response) {
    // Of a body that is decoded on its way only the coded length is known.
    if (response.headers.contains("X-Consumed-Content-Encoding")) return;
    const std::string_view text = response.headers.get("Content-Length", "");
    std::uint64_t length = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error == std::errc{} && stop == text.data() + text.size()) length_ = length;
}

void FetchBody::on_piece(std::string_view piece) {
    if (file_.is_open()) file_.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes_ += piece.size();
}

std::string FetchBody::describe(gyre::TimePoint now) const {
    return describe_transfer(bytes_, length_, now - begin_);
}

}  // namespace example
