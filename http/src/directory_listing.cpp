#include "directory_listing.hpp"

#include "html.hpp"
#include "percent.hpp"

namespace gyre::http::detail {

// A link is percent-encoded as one segment, so that a name with a colon is no scheme.
std::string directory_page(std::string_view title, std::span<const ListedName> names,
                           bool has_parent) {
    const std::string heading = "Index of " + html_escape(title);
    std::string page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                       heading + "</title></head>\n<body><h1>" + heading + "</h1>\n<ul>\n";
    if (has_parent) page += "<li><a href=\"../\">../</a></li>\n";
    for (const ListedName& entry : names) {
        const char* const slash = entry.directory ? "/" : "";
        page.append("<li><a href=\"").append(percent_encode(entry.name)).append(slash);
        page.append("\">").append(html_escape(entry.name)).append(slash).append("</a></li>\n");
    }
    return page.append("</ul></body></html>\n");
}

}  // namespace gyre::http::detail
