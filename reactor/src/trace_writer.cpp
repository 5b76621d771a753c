#include "trace_writer.hpp"

#include "cycle_clock.hpp"
#include "trace_recorder.hpp"
#include <gyre/error_access.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>
#include <ostream>
#include <string_view>
#include <tuple>
#include <utility>

#include <unistd.h>

namespace gyre::detail {
namespace {

// "main.cpp:12"; no place is where no callback had run yet.
std::string short_name(const std::source_location& place) {
    if (place.line() == 0) return "main";
    std::string_view file = place.file_name();
    if (const auto slash = file.rfind('/'); slash != std::string_view::npos)
        file.remove_prefix(slash + 1);
    return std::string{file} + ':' + std::to_string(place.line());
}

// How many bytes the first character of `text` has in UTF-8; 0 if it is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t at) -> unsigned {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    // Too long a form, half of a surrogate pair, or beyond the last character.
    const unsigned both = first << 8 | byte(1);
    const bool none = (both >= 0xe080 && both < 0xe0a0) || (both >= 0xeda0 && both < 0xee00) ||
                      (both >= 0xf080 && both < 0xf090) || both >= 0xf490;
    return none ? 0 : length;
}

// As both JSON and Graphviz write a string, which have to be UTF-8: names of files need not be.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        if (text[0] == '"' || text[0] == '\\') result += '\\';
        if (length == 0)
            result += '?';
        else if (static_cast<unsigned char>(text[0]) < ' ')
            result += ' ';
        else
            result += character;
        text.remove_prefix(character.size());
    }
    return result + '"';
}

// Numbers have a point, and no marks for thousands, whatever the program's locale says.
std::string fixed(double value, int digits) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::fixed, digits);
    return {buffer.data(), end.ptr};
}

double milliseconds(std::uint64_t ticks) {
    return std::chrono::duration<double, std::milli>{CycleClock::to_duration(ticks)}.count();
}

/// Writes the events of a trace, one a line, commas between them.
class ChromeWriter {
public:
    ChromeWriter(std::ostream& out, std::uint64_t begin) : out_(out), begin_(begin) {}

    void write(const TraceEvent& event) {
        write_slice(event);
        // An arrow must begin within the slice of the callback that registered this one.
        if (event.parent_id == 0 || event.registered < begin_) return;
        write_arrow("s", event.id, event.registered, "");
        write_arrow("f", event.id, event.started, R"(,"bp":"e")");
    }

private:
    void write_slice(const TraceEvent& event) {
        const std::uint64_t asked = std::max(event.registered, begin_);
        const std::uint64_t waited = event.started > asked ? event.started - asked : 0;
        begin_line() << R"({"name":)" << quoted(short_name(event.place))
                     << R"(,"cat":"callback","ph":"X","ts":)" << time(event.started) << R"(,"dur":)"
                     << fixed(milliseconds(event.ended - event.started) * 1e3, 3) << thread_
                     << R"(,"args":{"registered at":)"
                     << quoted(std::string{event.place.file_name()} + ':' +
                               std::to_string(event.place.line()))
                     << R"(,"in":)" << quoted(event.place.function_name()) << R"(,"by":)"
                     << quoted(short_name(event.parent_place)) << R"(,"waited ms":)"
                     << fixed(milliseconds(waited), 6) << "}}";
    }

    void write_arrow(std::string_view phase, std::uint64_t id, std::uint64_t ticks,
                     std::string_view more) {
        begin_line() << R"({"name":"registered","cat":"chain","ph":")" << phase << R"(","id":)"
                     << std::to_string(id) << R"(,"ts":)" << time(ticks) << thread_ << more << '}';
    }

    std::ostream& begin_line() { return out_ << (std::exchange(first_, false) ? "\n" : ",\n"); }

    // Microseconds since the recording began.
    std::string time(std::uint64_t ticks) const {
        return fixed(milliseconds(ticks > begin_ ? ticks - begin_ : 0) * 1e3, 3);
    }

    std::ostream& out_;
    std::uint64_t begin_;
    const std::string thread_ = R"(,"pid":)" + std::to_string(::getpid()) + R"(,"tid":1)";
    bool first_ = true;
};

/// What the callbacks that were registered at one place came to.
struct Box {
    std::size_t number = 0;
    std::uint64_t runs = 0;
    std::uint64_t ticks = 0;
    std::string name;
};

std::string rest_of_name(const Box& box) {
    if (box.runs == 0) return {};
    return "\\n" + std::to_string(box.runs) + (box.runs == 1 ? " time, " : " times, ") +
           fixed(milliseconds(box.ticks), 3) + " ms";
}

}  // namespace

void write_chrome_trace(const TraceRecorder& recorder, std::ostream& out) {
    out << R"({"displayTimeUnit":"ms","traceEvents":[)";
    ChromeWriter writer{out, recorder.begin()};
    for (const TraceEvent& event : recorder.events())
        writer.write(event);
    out << "\n]}\n";
}

void write_graphviz(const TraceRecorder& recorder, std::ostream& out) {
    std::map<std::pair<std::string, unsigned>, Box> boxes;  // by file and line
    std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> arrows;
    const auto box_of = [&](const std::source_location& place) -> Box& {
        Box& box = boxes[{place.file_name(), place.line()}];
        if (box.number == 0) {
            box.number = boxes.size();
            box.name = short_name(place);
        }
        return box;
    };
    for (const TraceEvent& event : recorder.events()) {
        const std::size_t from = box_of(event.parent_place).number;
        Box& box = box_of(event.place);
        ++box.runs;
        box.ticks += event.ended - event.started;
        ++arrows[{from, box.number}];
    }
    out << "digraph callbacks {\n    node [shape=box, fontname=\"monospace\"];\n";
    for (const auto& [place, box] : boxes) {
        std::string label = quoted(box.name);
        label.insert(label.size() - 1, rest_of_name(box));
        out << "    n" << std::to_string(box.number) << " [label=" << label << "];\n";
    }
    for (const auto& [ends, count] : arrows) {
        out << "    n" << std::to_string(ends.first) << " -> n" << std::to_string(ends.second);
        if (count > 1) out << " [label=\"" << std::to_string(count) << "\"]";
        out << ";\n";
    }
    out << "}\n";
}

Error save_trace(const TraceRecorder& recorder, const std::string& path) {
    std::ofstream file{path};
    if (file)
        path.ends_with(".dot") ? write_graphviz(recorder, file)
                               : write_chrome_trace(recorder, file);
    file.close();
    if (file) return {};
    return system_error(errno, "write the trace " + path);
}

}  // namespace gyre::detail
