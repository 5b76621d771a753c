#include "support/progress.hpp"

#include "support/command_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace example {
namespace {

constexpr auto time_between_drawings = std::chrono::milliseconds{100};
constexpr std::string_view clear_line = "\r\x1b[K";

void write_to_terminal(std::string_view text) {
    // A bar that cannot be drawn is no reason to fail.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

// A line that wraps could not be wiped.
std::size_t most_columns() {
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1U : 79U;
}

std::string bar(double part) {
    constexpr int width = 20;
    const int filled = static_cast<int>(std::clamp(part, 0.0, 1.0) * width);
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(width - filled), '-') + "] ";
}

// "999 B", "1.0 kB", "23.4 MB"
std::string size_text(double bytes) {
    constexpr std::array<std::string_view, 5> units{" B", " kB", " MB", " GB", " TB"};
    std::size_t unit = 0;
    while (bytes >= 999.95 && unit + 1 < units.size()) {
        bytes /= 1000;
        ++unit;
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), bytes,
                                   std::chars_format::fixed, unit == 0 ? 0 : 1);
    return std::string{text.data(), end.ptr}.append(units.at(unit));
}

// "59 s", "2:05", "1:00:00"
std::string time_text(double seconds) {
    constexpr double far_off = 100 * 3600;
    if (!(seconds < far_off)) return "days";
    const auto whole = static_cast<int>(std::ceil(seconds));
    if (whole < 60) return std::to_string(whole) + " s";
    const auto two_digits = [](int number) {
        return (number < 10 ? ":0" : ":") + std::to_string(number);
    };
    const std::string minutes_on = two_digits(whole / 60 % 60) + two_digits(whole % 60);
    if (whole >= 3600) return std::to_string(whole / 3600) + minutes_on;
    return std::to_string(whole / 60) + two_digits(whole % 60);
}

}  // namespace

Progress::Progress(gyre::Reactor& reactor, bool wanted, std::function<std::string()> text)
    : text_(std::move(text)), ticks_(reactor, time_between_drawings, [this] { draw(); }) {
    if (!wanted || ::isatty(STDERR_FILENO) == 0) return;
    ticks_.unref();
    ticks_.start().ignore("then there is no bar");
}

Progress::~Progress() {
    ticks_.stop();
    wipe();
}

void Progress::wipe() {
    if (std::exchange(drawn_, false)) write_to_terminal(clear_line);
}

void Progress::draw() {
    // In one write, so that it does not flicker.
    const std::string line = printable(text_());
    write_to_terminal(std::string{clear_line} + line.substr(0, most_columns()));
    drawn_ = true;
}

std::string describe_count(std::uint64_t done, std::uint64_t total, std::uint64_t running) {
    return bar(total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total)) +
           std::to_string(done) + "/" + std::to_string(total) + " done, " +
           std::to_string(running) + " running";
}

std::string describe_transfer(std::uint64_t bytes, std::optional<std::uint64_t> length,
                              gyre::Duration elapsed) {
    const auto done = static_cast<double>(bytes);
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double rate = seconds > 0 ? done / seconds : 0;
    const std::string rate_text = size_text(rate) + "/s";
    if (!length) return size_text(done) + ", " + rate_text;
    const double whole = std::max(static_cast<double>(*length), done);
    const double part = whole > 0 ? done / whole : 1;
    std::string line = bar(part) + std::to_string(static_cast<int>(part * 100)) + " %  " +
                       size_text(done) + " of " + size_text(whole) + ", " + rate_text;
    if (rate > 0) line += ", " + time_text((whole - done) / rate) + " left";
    return line;
}

}  // namespace example
