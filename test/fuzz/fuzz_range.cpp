// parse_range: what it asks to send exists, does not overlap, and is no more than there is.

#include "byte_range.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace detail = gyre::http::detail;
using Kind = detail::RangeRequest::Kind;

void require(bool condition) {
    if (!condition) std::abort();
}

void check(std::string_view field, std::uint64_t size) {
    detail::RangeRequest request = detail::parse_range(field, size);
    require(request.ranges.empty() == (request.kind != Kind::partial));
    require(request.ranges.size() <= detail::max_ranges);
    require(size > 0 || request.kind != Kind::partial);
    // Answered as asked, one of them alone is the same again.
    for (const detail::ByteRange& range : request.ranges) {
        require(range.length > 0 && range.first < size && range.length <= size - range.first);
        const std::string again = detail::content_range(range, size);
        const std::string spec = "bytes=" + again.substr(6, again.find('/') - 6);
        require(detail::parse_range(spec, size).ranges == std::vector{range});
    }
    std::sort(request.ranges.begin(), request.ranges.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < request.ranges.size(); ++i)
        require(request.ranges[i - 1].first + request.ranges[i - 1].length <
                request.ranges[i].first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view field(reinterpret_cast<const char*>(data), size);
    // Files are no larger than off_t says.
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{10'000}, largest})
        check(field, length);
    return 0;
}
