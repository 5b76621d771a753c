#include "html.hpp"

namespace gyre::http::detail {
namespace {

std::string_view reference_for(char c) noexcept {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

}  // namespace

std::string html_escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const std::string_view reference = reference_for(c);
        if (reference.empty())
            out += c;
        else
            out += reference;
    }
    return out;
}

std::string redirect_page(std::string_view title, std::string_view location) {
    const std::string link = html_escape(location);
    std::string page = "<!DOCTYPE html>\n<title>";
    page.append(html_escape(title)).append("</title>\n<p>See <a href=\"");
    page.append(link).append("\">").append(link).append("</a>.</p>\n");
    return page;
}

}  // namespace gyre::http::detail
