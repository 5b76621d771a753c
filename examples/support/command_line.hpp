#pragma once

#include <gyre/clock.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <concepts>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace example {

/// Parses the command line. Nothing: go on. Otherwise what `main` shall return: 0 after `--help`
/// was answered, 2 after one line on stderr about an unknown option or a bad value.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

/// One line on stderr, "PROGRAM: MESSAGE"; returns `status`, for `return complain(…)`.
int complain(const CLI::App& app, std::string_view message, int status);

/// `text` as one line: control bytes are written as \xNN.
std::string printable(std::string_view text);

/// Adds an option whose text `take` gets, which throws a CLI::ValidationError about a bad one.
CLI::Option* add_text(CLI::App& app, const std::string& name,
                      const std::function<void(const std::string&)>& take,
                      const std::string& description);

/// Adds an option for a whole number from `least` to `most`; `target` holds the default. Only
/// decimal digits are taken.
template <std::integral Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& target,
                        const std::string& description, Number least,
                        Number most = std::numeric_limits<Number>::max()) {
    const auto take = [&target, name, least, most](const std::string& text) {
        Number value{};
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc{} || stop != end || value < least || value > most)
            throw CLI::ValidationError(name, "not a whole number from " + std::to_string(least) +
                                                 " to " + std::to_string(most) + ": " + text);
        target = value;
    };
    return add_text(app, name, take, description)
        ->type_name("N")
        ->default_str(std::to_string(target));
}

/// Seconds as in "0.5" or "20", up to a year; nothing if `text` is anything else.
std::optional<gyre::Duration> parse_seconds(std::string_view text);

/// Adds an option for a time in seconds, more than zero; `target` holds the default.
CLI::Option* add_seconds(CLI::App& app, const std::string& name, gyre::Duration& target,
                         const std::string& description);

/// Adds an option for two times in seconds, as in "0.5,1"; the targets hold the defaults.
CLI::Option* add_two_seconds(CLI::App& app, const std::string& name, gyre::Duration& first,
                             gyre::Duration& second, const std::string& description);

}  // namespace example
