#include "http1_vectors.hpp"
#include "server_fixture.hpp"

#include <string>
#include <string_view>

// The vectors of the parser, end to end: a refused request is answered with its status, and no byte
// of it becomes another request.
namespace gyre::http::test {
namespace {

using detail::test::Http1Vector;

class ServerVectors : public ServerTest {
protected:
    void SetUp() override {
        serve().route("*", "/{rest...}",
                      [this](const HTTPServerRequest& request, const HTTPServerResponse& response) {
                          if (request.path() == "/smuggled") ++smuggled;
                          response.finish("ok");
                      });
        listen();
    }
    std::string answer(const Http1Vector& vector, std::size_t step) {
        const std::string bytes =
            std::string{vector.bytes} + get("/smuggled", "Connection: close\r\n");
        smuggled = 0;
        RawClient client = connect();
        for (std::size_t at = 0; at < bytes.size() && !client.ended; at += step) {
            client.try_send(bytes.substr(at, step));
            client.read_some();
        }
        client.half_close();
        return client.until_end();
    }
    void check(const Http1Vector& vector, std::size_t step) {
        const std::string all = answer(vector, step);
        SCOPED_TRACE(std::string{vector.name} + ", " + std::to_string(step) +
                     " bytes at a time: " + all);
        const std::size_t last = all.rfind("HTTP/1.1 ");
        if (vector.status != 0) {
            ASSERT_NE(last, std::string::npos);
            EXPECT_EQ(status_of(all.substr(last)), vector.status);
            EXPECT_NE(all.find("Connection: close", last), std::string::npos);
            EXPECT_EQ(smuggled, 0);
        } else {
            EXPECT_EQ(all.find("HTTP/1.1 400"), std::string::npos);
            EXPECT_EQ(count(all, "Connection: close"), 1u);
        }
    }

    int smuggled = 0;
};

TEST_F(ServerVectors, InOnePiece) {
    for (const Http1Vector& vector : detail::test::request_vectors)
        if (vector.error != detail::Http1Error::truncated) check(vector, 1'000'000);
}

TEST_F(ServerVectors, ByteByByte) {
    for (const Http1Vector& vector : detail::test::request_vectors)
        if (vector.error != detail::Http1Error::truncated && vector.bytes.size() < 1000)
            check(vector, 1);
}

}  // namespace
}  // namespace gyre::http::test
