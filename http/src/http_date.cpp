#include "http_date.hpp"

#include <algorithm>
#include <cstring>

namespace gyre::http::detail {

namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> day_names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

constexpr sys_seconds earliest = sys_days{std::chrono::January / 1 / 0};
constexpr sys_seconds latest = sys_days{std::chrono::January / 1 / 10000} - std::chrono::seconds{1};

char* put(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

char* put_two_digits(char* out, unsigned value) noexcept {
    out[0] = static_cast<char>('0' + value / 10 % 10);
    out[1] = static_cast<char>('0' + value % 10);
    return out + 2;
}

/// Takes a date apart from the left. The first mismatch makes ok() false for good, so that a
/// whole form can be read first and judged once.
class Scanner {
public:
    explicit Scanner(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool ok() const noexcept { return ok_ && rest_.empty(); }

    void literal(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected))
            ok_ = false;
        else
            rest_.remove_prefix(expected.size());
    }

    int digits(std::size_t count) noexcept {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }

    /// asctime pads a day below ten with a space.
    int padded_day() noexcept {
        if (!rest_.starts_with(' ')) return digits(2);
        rest_.remove_prefix(1);
        return digits(1);
    }

    int month() noexcept {
        const std::size_t found =
            rest_.size() < 3 ? std::string_view::npos : month_names.find(rest_.substr(0, 3));
        if (found == std::string_view::npos || found % 3 != 0) return fail();
        rest_.remove_prefix(3);
        return static_cast<int>(found / 3) + 1;
    }

private:
    int fail() noexcept {
        ok_ = false;
        return 0;
    }

    std::string_view rest_;
    bool ok_ = true;
};

struct Parts {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void read_time(Scanner& in, Parts& parts) noexcept {
    parts.hour = in.digits(2);
    in.literal(":");
    parts.minute = in.digits(2);
    in.literal(":");
    parts.second = in.digits(2);
}

std::optional<sys_seconds> to_time(const Parts& parts) noexcept {
    const std::chrono::year_month_day date{std::chrono::year{parts.year},
                                           std::chrono::month{static_cast<unsigned>(parts.month)},
                                           std::chrono::day{static_cast<unsigned>(parts.day)}};
    // Sixty is a leap second; it counts as the first second of the next minute.
    if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60)
        return std::nullopt;
    return sys_days{date} + std::chrono::hours{parts.hour} + std::chrono::minutes{parts.minute} +
           std::chrono::seconds{parts.second};
}

std::optional<sys_seconds> finish(const Scanner& in, const Parts& parts) noexcept {
    return in.ok() ? to_time(parts) : std::nullopt;
}

/// "06 Nov 1994 08:49:37 GMT", what follows the name of the day.
std::optional<sys_seconds> parse_imf_fixdate(std::string_view text) noexcept {
    Scanner in(text);
    Parts parts;
    parts.day = in.digits(2);
    in.literal(" ");
    parts.month = in.month();
    in.literal(" ");
    parts.year = in.digits(4);
    in.literal(" ");
    read_time(in, parts);
    in.literal(" GMT");
    return finish(in, parts);
}

/// "06-Nov-94 08:49:37 GMT"
std::optional<sys_seconds> parse_rfc850(std::string_view text, sys_seconds now) noexcept {
    Scanner in(text);
    Parts parts;
    parts.day = in.digits(2);
    in.literal("-");
    parts.month = in.month();
    in.literal("-");
    const int two_digits = in.digits(2);
    in.literal(" ");
    read_time(in, parts);
    in.literal(" GMT");

    const std::chrono::year_month_day today{
        std::chrono::floor<std::chrono::days>(std::clamp(now, earliest, latest))};
    const int this_year = static_cast<int>(today.year());
    parts.year = this_year - this_year % 100 + 100 + two_digits;
    while (parts.year > this_year + 50)
        parts.year -= 100;
    return finish(in, parts);
}

/// "Nov  6 08:49:37 1994"
std::optional<sys_seconds> parse_asctime(std::string_view text) noexcept {
    Scanner in(text);
    Parts parts;
    parts.month = in.month();
    in.literal(" ");
    parts.day = in.padded_day();
    in.literal(" ");
    read_time(in, parts);
    in.literal(" ");
    parts.year = in.digits(4);
    return finish(in, parts);
}

}  // namespace

void write_http_date(sys_seconds time, char* out) noexcept {
    time = std::clamp(time, earliest, latest);
    const sys_days days = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{days};
    const std::chrono::hh_mm_ss clock{time - days};
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    const unsigned weekday = std::chrono::weekday{days}.c_encoding();
    const unsigned month = static_cast<unsigned>(date.month()) - 1;

    out = put(out, day_names[weekday].substr(0, 3));
    out = put(out, ", ");
    out = put_two_digits(out, static_cast<unsigned>(date.day()));
    out = put(out, " ");
    out = put(out, month_names.substr(month * std::size_t{3}, 3));
    out = put(out, " ");
    out = put_two_digits(out, year / 100);
    out = put_two_digits(out, year % 100);
    out = put(out, " ");
    out = put_two_digits(out, static_cast<unsigned>(clock.hours().count()));
    out = put(out, ":");
    out = put_two_digits(out, static_cast<unsigned>(clock.minutes().count()));
    out = put(out, ":");
    out = put_two_digits(out, static_cast<unsigned>(clock.seconds().count()));
    put(out, " GMT");
}

std::string format_http_date(sys_seconds time) {
    std::string text(http_date_size, '\0');
    write_http_date(time, text.data());
    return text;
}

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) noexcept {
    const std::size_t name_end = text.find_first_of(", ");
    if (name_end == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(0, name_end);
    const bool is_long = std::find(day_names.begin(), day_names.end(), name) != day_names.end();
    const bool is_short =
        name.size() == 3 && std::any_of(day_names.begin(), day_names.end(),
                                        [name](auto day) { return day.substr(0, 3) == name; });
    const std::string_view rest = text.substr(name_end);
    if (is_long && rest.starts_with(", ")) return parse_rfc850(rest.substr(2), now);
    if (is_short && rest.starts_with(", ")) return parse_imf_fixdate(rest.substr(2));
    if (is_short && rest.starts_with(' ')) return parse_asctime(rest.substr(1));
    return std::nullopt;
}

std::string_view DateCache::get(sys_seconds now) noexcept {
    if (now != second_ || text_[0] == '\0') {
        second_ = now;
        write_http_date(now, text_.data());
    }
    return {text_.data(), text_.size()};
}

}  // namespace gyre::http::detail
