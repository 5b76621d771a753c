#include "error_page.hpp"

#include "accept.hpp"
#include "html.hpp"
#include <gyre/http/status.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <string>
#include <string_view>

namespace gyre::http::detail {
namespace {

std::string title_of(const ErrorPage& page) {
    std::string title = std::to_string(page.status);
    if (const std::string_view reason = reason_phrase(page.status); !reason.empty())
        title.append(": ").append(reason);
    return title;
}

std::string text_page(const ErrorPage& page) {
    std::string text = title_of(page) + '\n';
    if (!page.message.empty()) text.append(page.message).append("\n");
    return text;
}

std::string html_page(const ErrorPage& page) {
    const std::string title = title_of(page);
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
    html.append(title).append("</title></head>\n<body>\n<h1>").append(title).append("</h1>\n");
    if (!page.message.empty())
        html.append("<p>").append(html_escape(page.message)).append("</p>\n");
    return html.append("</body>\n</html>\n");
}

std::string json_page(const ErrorPage& page) {
    boost::json::object error{{"code", page.status}, {"reason", reason_phrase(page.status)}};
    if (!page.message.empty()) error["message"] = page.message;
    return boost::json::serialize(boost::json::object{{"error", std::move(error)}}) + '\n';
}

struct Form {
    std::string_view media_type;
    std::string_view content_type;
    std::string (*make)(const ErrorPage&);
};

// The first one goes to a client that does not mind.
constexpr std::array<Form, 3> forms{{
    {"text/plain", "text/plain; charset=utf-8", &text_page},
    {"text/html", "text/html; charset=utf-8", &html_page},
    {"application/json", "application/json", &json_page},
}};

}  // namespace

void fill_error_page(ErrorPage& page, HTTPHeadersView request) {
    std::array<std::string_view, forms.size()> offered;
    for (std::size_t i = 0; i < forms.size(); ++i)
        offered[i] = forms[i].media_type;
    const Form& form = forms[choose_media_type(request, offered).value_or(0)];
    page.headers.set("Content-Type", form.content_type);
    page.headers.set("Vary", "Accept");
    page.body = form.make(page);
}

}  // namespace gyre::http::detail
