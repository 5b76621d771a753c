#include "server_fixture.hpp"
#include <gyre/http/form.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http::test {
namespace {

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

constexpr std::string_view urlencoded = "application/x-www-form-urlencoded";
constexpr std::string_view multipart = "multipart/form-data; boundary=b";

/// A server that shows each request to `look`.
class FormTest : public ServerTest {
protected:
    void SetUp() override {
        serve().route("*", "/", [this](const Request& request, const Response& response) {
            look(request);
            response.finish("done");
        });
        listen();
    }
    void submit(std::string_view type, std::string_view body) {
        const std::string content_type =
            type.empty() ? "" : "Content-Type: " + std::string{type} + "\r\n";
        connect()
            .send("POST / HTTP/1.1\r\nHost: t\r\n" + content_type +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body})
            .until("done");
    }
    void ask(std::string_view target) { connect().send(get(target)).until("done"); }
    int status_of_form(std::string_view type, std::string_view body, FormOptions options = {}) {
        int status = 0;
        look = [&](const Request& request) { status = form_status(request.form(options).error); };
        submit(type, body);
        return status;
    }

    std::function<void(const Request&)> look;
};

TEST_F(FormTest, UrlencodedForm) {
    look = [](const Request& request) {
        const auto [error, form] = request.form();
        ASSERT_FALSE(error) << error;
        EXPECT_EQ(form.get("a"), "1 2");
        EXPECT_EQ(form.get_list("a"), (std::vector<std::string_view>{"1 2", "\xc3\xa4"}));
        EXPECT_EQ(form.get("none"), std::nullopt);
        EXPECT_EQ(form.get("none", "other"), "other");
        EXPECT_EQ(form.fields().size(), 3U);
        EXPECT_TRUE(form.files().empty());
    };
    submit("application/x-www-form-urlencoded; charset=utf-8", "a=1+2&b=&a=%C3%a4");
}

TEST_F(FormTest, MultipartForm) {
    look = [](const Request& request) {
        const auto [error, form] = request.form();
        ASSERT_FALSE(error) << error;
        EXPECT_EQ(form.get("a"), "1\r\n2");
        EXPECT_EQ(form.get("f"), std::nullopt) << "a file is no field";
        ASSERT_EQ(form.files().size(), 1U);
        const FormFile* file = form.file("f");
        ASSERT_NE(file, nullptr);
        EXPECT_EQ(file->filename, "../x");
        EXPECT_EQ(file->content_type, "text/x");
        EXPECT_EQ(file->body, "data\r\n--\r\n");
        EXPECT_EQ(form.file("a"), nullptr);
    };
    submit(multipart,
           "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n2\r\n--b\r\n"
           "Content-Disposition: form-data; name=\"f\"; filename=\"../x\"\r\n"
           "Content-Type: text/x\r\n\r\ndata\r\n--\r\n\r\n--b--\r\n");
}

TEST_F(FormTest, FormOutlivesTheRequest) {
    Form kept;
    look = [&](const Request& request) {
        if (kept.files().empty()) kept = request.form().form;
    };
    submit(multipart, "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" +
                          std::string(100'000, 'x') + "\r\n--b--\r\n");
    submit(urlencoded, std::string(100'000, 'y'));
    ASSERT_NE(kept.file("f"), nullptr);
    EXPECT_EQ(kept.file("f")->body, std::string(100'000, 'x'));
    kept = {};
    EXPECT_EQ(kept.get("a"), std::nullopt);
    EXPECT_TRUE(kept.files().empty());
}

TEST_F(FormTest, BodiesThatAreNoForm) {
    EXPECT_EQ(status_of_form("", ""), 200);
    EXPECT_EQ(status_of_form(urlencoded, ""), 200);
    EXPECT_EQ(status_of_form("", "a=1"), 415);
    EXPECT_EQ(status_of_form("application/json", "{}"), 415);
    EXPECT_EQ(status_of_form("garbage", "a=1"), 400);
    EXPECT_EQ(status_of_form(urlencoded, "a=%4"), 400);
    EXPECT_EQ(status_of_form(multipart, ""), 400);
    EXPECT_EQ(status_of_form(multipart, "--b\r\n"), 400);
    EXPECT_EQ(status_of_form("multipart/form-data", "--b--"), 400);
    EXPECT_EQ(status_of_form(multipart, "--b--"), 200);
}

TEST_F(FormTest, LimitsAtTheirEdges) {
    const std::string part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
    EXPECT_EQ(status_of_form(urlencoded, "a&b", {.max_arguments = 2}), 200);
    EXPECT_EQ(status_of_form(urlencoded, "a&b&c", {.max_arguments = 2}), 400);
    EXPECT_EQ(status_of_form(multipart, part + part + "--b--", {.max_parts = 2}), 200);
    EXPECT_EQ(status_of_form(multipart, part + part + part + "--b--", {.max_parts = 2}), 400);
    EXPECT_EQ(status_of_form(multipart, part + "--b--", {.max_part_head = 46}), 200);
    EXPECT_EQ(status_of_form(multipart, part + "--b--", {.max_part_head = 40}), 400);
    EXPECT_EQ(status_of_form(urlencoded, "a", {.max_arguments = 0}), 500);
    EXPECT_EQ(status_of_form(multipart, "--b--", {.max_parts = 0}), 500);
}

TEST_F(FormTest, QueryArguments) {
    look = [](const Request& request) {
        EXPECT_EQ(request.query_argument("a"), "1");
        EXPECT_EQ(request.query_arguments("a"), (std::vector<std::string>{"1", "2+"}));
        EXPECT_TRUE(request.query_arguments("none").empty());
        const auto [error, arguments] = request.parse_query();
        ASSERT_FALSE(error) << error;
        EXPECT_EQ(arguments.size(), 3U);
        EXPECT_TRUE(arguments.contains("b"));
        EXPECT_EQ(arguments.begin()->second, "1");
        EXPECT_EQ(request.parse_query(2).error, Errc::limit_exceeded);
        EXPECT_EQ(request.parse_query(0).error, Errc::invalid_argument);
    };
    ask("/?a=1&b&a=2%2B");
}

TEST_F(FormTest, MalformedQueryIsAnError) {
    look = [](const Request& request) {
        EXPECT_EQ(request.query_argument("a"), std::nullopt);
        EXPECT_TRUE(request.query_arguments("a").empty());
        EXPECT_EQ(form_status(request.parse_query().error), 400);
    };
    ask("/?a=1&b=%zz");
}

TEST(FormStatus, OfErrors) {
    EXPECT_EQ(form_status({}), 200);
    EXPECT_EQ(form_status(Error{Errc::timed_out}), 408);
    EXPECT_EQ(form_status(Error{Errc::limit_exceeded}), 413);
    EXPECT_EQ(form_status(Error{Errc::truncated}), 400);
    EXPECT_EQ(form_status(Error{Errc::queue_full}), 503);
    EXPECT_EQ(form_status(Error{Errc::permission_denied}), 500);
}

}  // namespace
}  // namespace gyre::http::test
