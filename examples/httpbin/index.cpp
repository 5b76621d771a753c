#include "httpbin/reply.hpp"
#include "httpbin/routes.hpp"

#include <array>
#include <string>
#include <string_view>

// The page that lists the others, and a form to fill in.
namespace httpbin {
namespace {

// Examples where a path has parts to choose.
constexpr auto paths = std::to_array<std::array<std::string_view, 2>>({
    {"/get?a=1&a=2&b=3", "tells what was asked"},
    {"/post", "POST: the same, with the body"},
    {"/put", "PUT"},
    {"/patch", "PATCH"},
    {"/delete", "DELETE"},
    {"/anything/at/all", "any method: everything about the request"},
    {"/headers", "the header fields of the request"},
    {"/ip", "the address of the client"},
    {"/user-agent", "the name of the client"},
    {"/response-headers?Name=value", "a response with these header fields; also POST"},
    {"/status/418", "a response with this status"},
    {"/status/200:3,500:1", "one of several by chance, with weights"},
    {"/redirect/3", "redirects, three in all; ?absolute=true"},
    {"/relative-redirect/3", "the same, always without the host"},
    {"/absolute-redirect/3", "the same, always with the host"},
    {"/redirect-to?url=/get&status_code=307", "a redirect to any place"},
    {"/cookies", "the cookies that came"},
    {"/cookies/set?name=value", "sets cookies"},
    {"/cookies/set/name/value", "sets one"},
    {"/cookies/delete?name", "deletes cookies"},
    {"/basic-auth/user/password", "asks for this user and password"},
    {"/hidden-basic-auth/user/password", "the same, but says 404"},
    {"/bearer", "asks for a token"},
    {"/digest-auth/auth/user/password", "asks by digest; qop is auth or auth-int"},
    {"/digest-auth/auth/user/password/SHA-256", "MD5, SHA-256, SHA-512, SHA-512-256; -sess"},
    {"/digest-auth/auth/user/password/MD5/3", "each nonce is good for three requests"},
    {"/stream/20", "20 lines of JSON"},
    {"/stream-bytes/1000?seed=1&chunk_size=100", "random bytes in chunks"},
    {"/delay/3", "an answer three seconds later"},
    {"/drip?numbytes=10&duration=2&delay=1&code=200", "bytes over some time"},
    {"/bytes/1000?seed=1", "random bytes"},
    {"/range/1000?duration=1&chunk_size=100", "bytes that can be had in parts"},
    {"/gzip", "compressed"},
    {"/deflate", "compressed"},
    {"/brotli", "compressed"},
    {"/encoding/utf8", "characters of many languages"},
    {"/html", "a page"},
    {"/json", "a JSON document"},
    {"/xml", "an XML document"},
    {"/robots.txt", "what robots may see"},
    {"/deny", "what they may not"},
    {"/image/png", "a picture"},
    {"/base64/R3lyZSB0dXJucy4=", "this text, decoded"},
    {"/uuid", "a random UUID"},
    {"/cache", "304 for whoever has a copy"},
    {"/cache/60", "may be kept for a minute"},
    {"/etag/some-tag", "If-Match and If-None-Match"},
    {"/links/10/0", "a page of links"},
    {"/forms/post", "a form"},
    {"/sse?count=10&delay=1", "server-sent events"},
    {"/sse.html?count=10&delay=1", "a page that shows them"},
    {"/websocket/echo", "501 until this server speaks WebSocket"},
    {"/upload", "POST, PUT: length and SHA-256 of a body of any size"},
});

constexpr std::string_view form = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>An order</title></head>
<body>
<form method="post" action="/post">
<p><label>Your name <input name="custname"></label></p>
<p><label>Telephone <input type="tel" name="custtel"></label></p>
<p><label>E-mail <input type="email" name="custemail"></label></p>
<p>How big?
<label><input type="radio" name="size" value="small"> small</label>
<label><input type="radio" name="size" value="medium"> medium</label>
<label><input type="radio" name="size" value="large"> large</label></p>
<p>On top:
<label><input type="checkbox" name="topping" value="cheese"> cheese</label>
<label><input type="checkbox" name="topping" value="onion"> onion</label>
<label><input type="checkbox" name="topping" value="mushroom"> mushroom</label></p>
<p><label>When? <input type="time" name="delivery" min="11:00" max="21:00"></label></p>
<p><label>Anything else? <textarea name="comments"></textarea></label></p>
<p><button>Order</button></p>
</form>
</body>
</html>
)";

std::string make_index() {
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>httpbin</title>"
        "</head>\n<body>\n<h1>httpbin on gyre</h1>\n<ul>\n";
    for (const auto& [path, text] : paths)
        page.append("<li><a href=\"")
            .append(path)
            .append("\">")
            .append(path)
            .append("</a> ")
            .append(text)
            .append("</li>\n");
    return page + "</ul>\n</body>\n</html>\n";
}

}  // namespace

void add_index_routes(const Site& site) {
    site.server.get(
        "/", [page = make_index()](const HTTPServerRequest&, const HTTPServerResponse& response) {
            send_html(response, page);
        });
    site.server.get("/forms/post",
                    [](const HTTPServerRequest&, const HTTPServerResponse& response) {
                        send_html(response, form);
                    });
}

}  // namespace httpbin
