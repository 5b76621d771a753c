#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scraper {

/// The values of `href` in the tags of a page that have this name, as they are written there but
/// for character references. Forgiving, as a browser is: tags may be upper case, unquoted or
/// unfinished. Comments, scripts and styles are passed over.
std::vector<std::string> find_hrefs(std::string_view html, std::string_view tag);

/// Where the `<a>` tags of a page lead that was found at `base`, or says another `<base>` itself:
/// absolute http and https URLs, each once, in their order in the page, without fragments.
std::vector<std::string> find_links(std::string_view html, std::string_view base);

}  // namespace scraper
