#include <gyre/prometheus_text.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace gyre::detail {
namespace {

std::string seconds(double value) {
    // Not printf: its decimal point is the locale's.
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::general, 9);
    return {buffer.data(), end.ptr};
}

std::string seconds(Duration value) {
    return seconds(std::chrono::duration<double>{value}.count());
}

}  // namespace

void PrometheusText::counter(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "counter");
    line(name, "", "", std::to_string(value));
}

void PrometheusText::gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "gauge");
    line(name, "", "", std::to_string(value));
}

void PrometheusText::histogram(std::string_view name, std::string_view help,
                               const Histogram& values) {
    head(name, help, "histogram");
    // From a microsecond to 17 seconds, four times as much in each.
    constexpr unsigned first = 10;
    constexpr unsigned last = 34;
    for (unsigned power = first; power <= last; power += 2)
        line(name, "_bucket", "le=\"" + seconds(std::ldexp(1e-9, static_cast<int>(power))) + '"',
             std::to_string(values.count_below(power)));
    line(name, "_bucket", "le=\"+Inf\"", std::to_string(values.count()));
    line(name, "_sum", "", seconds(values.sum()));
    line(name, "_count", "", std::to_string(values.count()));
}

void PrometheusText::counter_line(std::string_view name, std::string_view label,
                                  std::uint64_t value) {
    line(name, "", label, std::to_string(value));
}

void PrometheusText::head(std::string_view name, std::string_view help, std::string_view type) {
    text_.append("# HELP gyre_").append(name).append(" ").append(help);
    text_.append("\n# TYPE gyre_").append(name).append(" ").append(type).append("\n");
}

void PrometheusText::line(std::string_view name, std::string_view suffix,
                          std::string_view own_label, std::string_view value) {
    text_.append("gyre_").append(name).append(suffix);
    if (!labels_.empty() || !own_label.empty()) {
        text_.append("{").append(labels_);
        if (!labels_.empty() && !own_label.empty()) text_ += ',';
        text_.append(own_label).append("}");
    }
    text_.append(" ").append(value).append("\n");
}

}  // namespace gyre::detail
