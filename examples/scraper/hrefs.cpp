#include "scraper/links.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace scraper {
namespace {

constexpr std::string_view space = " \t\r\n\f";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

// The characters of a URL that a page has to, or likes to, write as references.
std::string without_references(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 7> references{{{"&amp;", '&'},
                                                                           {"&#38;", '&'},
                                                                           {"&#x26;", '&'},
                                                                           {"&quot;", '"'},
                                                                           {"&#34;", '"'},
                                                                           {"&#39;", '\''},
                                                                           {"&#x2F;", '/'}}};
    std::string plain;
    while (!text.empty()) {
        const auto* const found = std::ranges::find_if(references, [text](const auto& reference) {
            return same_name(text.substr(0, reference.first.size()), reference.first);
        });
        const bool is_one = found != references.end();
        plain += is_one ? found->second : text.front();
        text.remove_prefix(is_one ? found->first.size() : 1);
    }
    return plain;
}

// Reads a page from the front; whatever is missing at its end counts as there.
class Scanner {
public:
    explicit Scanner(std::string_view html) : rest_(html) {}

    // Goes behind the next "<name", and says whether there was one.
    bool next_tag() {
        for (;;) {
            take_until("<");
            if (rest_.empty()) return false;
            if (rest_.starts_with("!--"))
                take_until("-->");
            else if (lower(rest_.front()) >= 'a' && lower(rest_.front()) <= 'z')
                break;
        }
        name_ = take_while_not(" \t\r\n\f/>");
        return true;
    }
    std::string_view name() const { return name_; }

    // The next attribute of the tag, and false at its end, which it goes behind.
    bool next_attribute() {
        take_while(" \t\r\n\f/");
        if (rest_.empty() || rest_.front() == '>') {
            take_until(">");
            return false;
        }
        attribute_ = rest_.substr(0, 1);  // even a "=" begins a name
        rest_.remove_prefix(1);
        attribute_ = {attribute_.data(), 1 + take_while_not(" \t\r\n\f/>=").size()};
        value_ = {};
        take_while(space);
        if (!rest_.starts_with('=')) return true;
        rest_.remove_prefix(1);
        take_while(space);
        if (rest_.starts_with('"') || rest_.starts_with('\'')) {
            const std::string_view quote = rest_.substr(0, 1);
            rest_.remove_prefix(1);
            value_ = take_until(quote);
        } else {
            value_ = take_while_not(" \t\r\n\f>");
        }
        return true;
    }
    std::string_view attribute() const { return attribute_; }
    std::string_view value() const { return value_; }

    // What is in a script or a style is no HTML: goes to "</name".
    void pass_over(std::string_view name) {
        while (!rest_.empty()) {
            take_until("</");
            if (same_name(rest_.substr(0, name.size()), name)) return;
        }
    }

private:
    std::string_view take(std::size_t size) {
        const std::string_view part = rest_.substr(0, size);
        rest_.remove_prefix(part.size());
        return part;
    }
    void take_while(std::string_view set) { take(rest_.find_first_not_of(set)); }
    std::string_view take_while_not(std::string_view set) { return take(rest_.find_first_of(set)); }
    // What stands before `end`, which is taken as well.
    std::string_view take_until(std::string_view end) {
        const std::string_view part = take(rest_.find(end));
        take(end.size());
        return part;
    }

    std::string_view rest_;
    std::string_view name_;
    std::string_view attribute_;
    std::string_view value_;
};

}  // namespace

std::vector<std::string> find_hrefs(std::string_view html, std::string_view tag) {
    std::vector<std::string> hrefs;
    Scanner scanner{html};
    while (scanner.next_tag()) {
        const std::string_view name = scanner.name();
        bool found = !same_name(name, tag);
        while (scanner.next_attribute()) {
            // Of an attribute that is there twice the first one counts.
            if (found || !same_name(scanner.attribute(), "href")) continue;
            hrefs.push_back(without_references(scanner.value()));
            found = true;
        }
        if (same_name(name, "script") || same_name(name, "style")) scanner.pass_over(name);
    }
    return hrefs;
}

}  // namespace scraper
