#pragma once

#include <gyre/clock.hpp>
#include <gyre/http/http_request.hpp>
#include <gyre/http/http_response.hpp>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace example {

/// Takes the bodies of fetches piece by piece, one fetch after the other: counts their bytes, and
/// writes them to a file if there is one.
class FetchBody {
public:
    bool open(const std::string& file);
    bool is_open() const { return file_.is_open(); }
    /// False if a write failed; there may be no file.
    bool close() { return !file_.is_open() || (file_.close(), file_.good()); }

    /// Makes the request bring its body here.
    void attach(gyre::http::HTTPRequest& request);
    /// A fetch begins.
    void begin(gyre::TimePoint now);
    std::uint64_t bytes() const { return bytes_; }
    /// How far it has come, for a progress bar.
    std::string describe(gyre::TimePoint now) const;

private:
    void on_head(const gyre::http::HTTPResponse& response);
    void on_piece(std::string_view piece);

    std::ofstream file_;
    gyre::TimePoint begin_{};
    std::uint64_t bytes_ = 0;
    std::optional<std::uint64_t> length_;
};

}  // namespace example
