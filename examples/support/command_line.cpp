#include "support/command_line.hpp"

#include "support/descriptors.hpp"

#include <array>
#include <cmath>
#include <iostream>

namespace example {
namespace {

std::string seconds_text(gyre::Duration duration) {
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(),
                                       std::chrono::duration<double>(duration).count());
    return {text.data(), written.ptr};
}

}  // namespace

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
    occupy_standard_descriptors();
    app.name(std::string{argv[0]}.substr(std::string{argv[0]}.rfind('/') + 1));
    try {
        app.parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help() << std::flush;
        return 0;
    } catch (const CLI::ParseError& error) {
        return complain(app, std::string{error.what()} + " (--help tells the options)", 2);
    }
}

int complain(const CLI::App& app, std::string_view message, int status) {
    std::cerr << app.get_name() + ": " + printable(message) + "\n";
    return status;
}

std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string line;
    line.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f)
            line += c;
        else
            line.append("\\x") += {digits[byte >> 4], digits[byte & 15]};
    }
    return line;
}

CLI::Option* add_text(CLI::App& app, const std::string& name,
                      const std::function<void(const std::string&)>& take,
                      const std::string& description) {
    return app.add_option_function<std::string>(name, take, description);
}

std::optional<gyre::Duration> parse_seconds(std::string_view text) {
    constexpr double year = 366.0 * 24 * 3600;
    double seconds = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || stop != text.data() + text.size() ||
        !(seconds >= 0 && seconds <= year))
        return std::nullopt;
    return std::chrono::duration_cast<gyre::Duration>(std::chrono::duration<double>(seconds));
}

CLI::Option* add_seconds(CLI::App& app, const std::string& name, gyre::Duration& target,
                         const std::string& description) {
    const auto take = [&target, name](const std::string& text) {
        const auto seconds = parse_seconds(text);
        if (!seconds || *seconds <= gyre::Duration::zero())
            throw CLI::ValidationError(name, "not a time in seconds, more than zero: " + text);
        target = *seconds;
    };
    return add_text(app, name, take, description)
        ->type_name("S")
        ->default_str(seconds_text(target));
}

CLI::Option* add_two_seconds(CLI::App& app, const std::string& name, gyre::Duration& first,
                             gyre::Duration& second, const std::string& description) {
    const auto take = [&first, &second, name](const std::string& text) {
        const std::size_t comma = text.find(',');
        const auto one = parse_seconds(text.substr(0, comma));
        const auto two = parse_seconds(comma == std::string::npos ? "" : text.substr(comma + 1));
        if (!one || !two)
            throw CLI::ValidationError(name, "not two times in seconds, as in 0.5,1: " + text);
        first = *one;
        second = *two;
    };
    return add_text(app, name, take, description)
        ->type_name("S,S")
        ->default_str(seconds_text(first) + "," + seconds_text(second));
}

}  // namespace example
