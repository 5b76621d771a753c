#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <string_view>

// Small documents of several types.
namespace httpbin {
namespace {

constexpr std::string_view html = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>The lighthouse</title></head>
<body>
<h1>The lighthouse</h1>
<p>Once there was a keeper who climbed the tower each evening, lit the lamp and waited. Ships came
when they came. Some called, some passed, and some were never heard of again.</p>
<p>He did not wait for any one of them. He wrote down which had called, answered it, and looked
again, and so one man served a whole sea.</p>
</body>
</html>
)";

constexpr std::string_view json = R"({
  "lighthouse": {
    "keeper": "one at a time",
    "lit": true,
    "ships": [
      {"cargo": ["salt", "letters"], "name": "Patience"},
      {"cargo": [], "name": "Haste"}
    ],
    "steps": 217
  }
}
)";

constexpr std::string_view xml = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- What the keeper wrote down in one night. -->
<log lighthouse="north">
  <entry time="21:04"><ship>Patience</ship><answer>Safe water to port.</answer></entry>
  <entry time="23:50"><ship>Haste</ship><answer>Wait for the tide.</answer></entry>
  <entry time="04:12"/>
</log>
)";

constexpr std::string_view utf8 = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>UTF-8</title></head>
<body>
<h1>Characters of one to four bytes</h1>
<pre>
one byte     A reactor waits.
two bytes    Grüße, señor, příliš žluťoučký, Ελληνικά, Кириллица, עברית
three bytes  你好 · こんにちは · 안녕 · สวัสดี · नमस्ते · €  “quotes”  ≤ ∞ ∑ → ☂
four bytes   𝄞 𝔾𝕪𝕣𝕖 😀 🚢 🗼
combining    e&#x301; and é look the same: é é
</pre>
</body>
</html>
)";

constexpr std::string_view robots = "User-agent: *\nDisallow: /deny\n";

constexpr std::string_view deny = R"(
     ___________
    |           |
    |  NOT  FOR |
    |   ROBOTS  |
    |___________|
          |
          |      You were asked to stay out.
)";

void add_document(const Site& site, std::string_view path, std::string_view type,
                  std::string_view text) {
    site.server.get(path, [=](const HTTPServerRequest&, const HTTPServerResponse& response) {
        response.set_header("Content-Type", type);
        response.finish(text);
    });
}

}  // namespace

void add_sample_routes(const Site& site) {
    add_document(site, "/html", "text/html; charset=utf-8", html);
    add_document(site, "/json", "application/json", json);
    add_document(site, "/xml", "application/xml", xml);
    add_document(site, "/encoding/utf8", "text/html; charset=utf-8", utf8);
    add_document(site, "/robots.txt", "text/plain", robots);
    add_document(site, "/deny", "text/plain", deny);
}

}  // namespace httpbin
