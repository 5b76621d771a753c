// Whatever bytes a request has, its lines of the access log are one line each: no control byte, the
// JSON one is JSON, and the combined one has its fields where they belong.

#include "http1_split_check.hpp"
#include "request_trail.hpp"
#include <gyre/http/access_log.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace gyre::http;
using gyre::http::detail::test::require;

namespace {

void check_combined(const std::string& line) {
    // Three fields in quotes: escaped quotes have a backslash before them.
    std::size_t quotes = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
            continue;
        }
        quotes += line[i] == '"';
    }
    require(quotes == 6, "a quote got through");
    require(std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(line.find('[')),
                       ' ') == 3,
            "a space got through");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const std::string_view line = detail::first_line(bytes);
    AccessLogEntry entry{.user = bytes,
                         .method = line.substr(0, 4),
                         .target = line,
                         .version = bytes,
                         .status = 200,
                         .referer = bytes,
                         .user_agent = bytes,
                         .host = bytes};
    if (bytes.find('[') != std::string_view::npos) entry.user = {};  // where check_combined looks
    const std::string combined = combined_log_line(entry);
    const std::string json = json_log_line(entry);
    for (const std::string& text : {combined, json})
        for (const char c : text)
            require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a control byte");
    check_combined(combined);
    boost::json::error_code error;
    boost::json::parse(json, error);
    require(!error, "not JSON");
    return 0;
}
