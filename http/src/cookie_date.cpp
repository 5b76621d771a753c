#include "cookie_date.hpp"

#include "http1_chars.hpp"

#include <cstddef>

namespace gyre::http::detail {
namespace {

using std::chrono::sys_seconds;

// "delimiter" of RFC 6265 section 5.1.1.
constexpr bool is_delimiter(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
           (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

std::string_view next_word(std::string_view& rest) noexcept {
    while (!rest.empty() && is_delimiter(rest.front()))
        rest.remove_prefix(1);
    std::size_t size = 0;
    while (size < rest.size() && !is_delimiter(rest[size]))
        ++size;
    const std::string_view word = rest.substr(0, size);
    rest.remove_prefix(size);
    return word;
}

// Takes a number of `least` to `most` digits off the front; with one more digit it is none.
std::optional<int> take_number(std::string_view& text, std::size_t least,
                               std::size_t most) noexcept {
    std::size_t size = 0;
    int value = 0;
    for (; size < text.size() && is_char(text[size], decimal_digit); ++size) {
        if (size == most) return std::nullopt;
        value = value * 10 + (text[size] - '0');
    }
    if (size < least) return std::nullopt;
    text.remove_prefix(size);
    return value;
}

// The parts that have been found; each word is the first of them that it can be.
class DateParts {
public:
    void take(std::string_view word) noexcept {
        if (!has_time_ && take_time(word)) return;
        if (take_part(day_, number_in(word, 1, 2))) return;
        if (take_part(month_, find_month(word))) return;
        take_part(year_, number_in(word, 2, 4));
    }

    std::optional<sys_seconds> time() const noexcept {
        if (!has_time_ || !day_ || !month_ || !year_) return std::nullopt;
        int year = *year_;
        if (year < 70)
            year += 2000;
        else if (year < 100)
            year += 1900;
        const std::chrono::year_month_day date{std::chrono::year{year},
                                               std::chrono::month{static_cast<unsigned>(*month_)},
                                               std::chrono::day{static_cast<unsigned>(*day_)}};
        if (!date.ok() || year < 1601 || hour_ > 23 || minute_ > 59 || second_ > 59)
            return std::nullopt;
        return std::chrono::sys_days{date} + std::chrono::hours{hour_} +
               std::chrono::minutes{minute_} + std::chrono::seconds{second_};
    }

private:
    static std::optional<int> number_in(std::string_view word, std::size_t least,
                                        std::size_t most) noexcept {
        return take_number(word, least, most);
    }

    static bool take_part(std::optional<int>& part, std::optional<int> number) noexcept {
        if (part || !number) return false;
        part = number;
        return true;
    }

    static std::optional<int> find_month(std::string_view word) noexcept {
        constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
        for (std::size_t at = 0; at < names.size() && word.size() >= 3; at += 3)
            if (equals_lower(word.substr(0, 3), names.substr(at, 3)))
                return static_cast<int>(at / 3 + 1);
        return std::nullopt;
    }

    bool take_time(std::string_view word) noexcept {
        const auto take_colon = [&word] {
            const bool there = word.starts_with(':');
            if (there) word.remove_prefix(1);
            return there;
        };
        const auto hour = take_number(word, 1, 2);
        if (!hour || !take_colon()) return false;
        const auto minute = take_number(word, 1, 2);
        if (!minute || !take_colon()) return false;
        const auto second = take_number(word, 1, 2);
        if (!second) return false;
        hour_ = *hour;
        minute_ = *minute;
        second_ = *second;
        return has_time_ = true;
    }

    bool has_time_ = false;
    int hour_ = 0;
    int minute_ = 0;
    int second_ = 0;
    std::optional<int> day_;
    std::optional<int> month_;
    std::optional<int> year_;
};

}  // namespace

std::optional<sys_seconds> parse_cookie_date(std::string_view text) noexcept {
    DateParts parts;
    while (!text.empty())
        if (const std::string_view word = next_word(text); !word.empty()) parts.take(word);
    return parts.time();
}

}  // namespace gyre::http::detail
