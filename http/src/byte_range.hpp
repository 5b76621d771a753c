#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::detail {

/// Consecutive bytes of a representation; never none.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t length = 0;

    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What a Range field asks for.
struct RangeRequest {
    enum class Kind : std::uint8_t {
        whole,          ///< Everything: the field is malformed, of another unit, or asks too much.
        partial,        ///< `ranges`: 206.
        unsatisfiable,  ///< None of it exists: 416.
    };
    Kind kind = Kind::whole;
    std::vector<ByteRange> ranges{};
};

/// More ranges than that in one request are answered with the whole.
inline constexpr std::size_t max_ranges = 16;

/// Reads the value of a Range field for a representation of `size` bytes (RFC 9110 section 14.1.2
/// and 14.2). Ranges that overlap, or lie closer together than a part's head is long, are joined;
/// then all of them come in ascending order, otherwise as they were asked for. So what is sent is
/// never much longer than the representation.
[[nodiscard]] RangeRequest parse_range(std::string_view field, std::uint64_t size);

/// The value of a Content-Range field (RFC 9110 section 14.4): "bytes 0-99/1234".
[[nodiscard]] std::string content_range(const ByteRange& range, std::uint64_t size);
/// That of a 416: "bytes */1234".
[[nodiscard]] std::string unsatisfied_range(std::uint64_t size);

/// What stands before a part of multipart/byteranges (RFC 9110 section 14.6), and behind the last.
[[nodiscard]] std::string part_head(std::string_view boundary, std::string_view content_type,
                                    const ByteRange& range, std::uint64_t size);
[[nodiscard]] std::string last_part_end(std::string_view boundary);

}  // namespace gyre::http::detail
