#pragma once

#include <gyre/clock.hpp>
#include <gyre/export.hpp>
#include <gyre/histogram.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::detail {

/// Builds metrics in Prometheus's text format (version 0.0.4), one after another. Every name gets
/// the prefix "gyre_", every line the labels. An extension point for protocols built on gyre.
class GYRE_API PrometheusText {
public:
    /// `labels` outlives this: `reactor="1"`, or empty.
    explicit PrometheusText(std::string_view labels) noexcept : labels_(labels) {}

    void counter(std::string_view name, std::string_view help, std::uint64_t value);
    void gauge(std::string_view name, std::string_view help, std::uint64_t value);
    void histogram(std::string_view name, std::string_view help, const Histogram& values);

    /// A counter with a label of its own: the family first, then a line for each of its values.
    void counter_family(std::string_view name, std::string_view help) {
        head(name, help, "counter");
    }
    /// `label` is a whole one, `status="200"`, whose value has no quote, backslash or line break.
    void counter_line(std::string_view name, std::string_view label, std::uint64_t value);

    std::string take() noexcept { return std::move(text_); }

private:
    void head(std::string_view name, std::string_view help, std::string_view type);
    void line(std::string_view name, std::string_view suffix, std::string_view own_label,
              std::string_view value);

    std::string_view labels_;
    std::string text_;
};

}  // namespace gyre::detail
