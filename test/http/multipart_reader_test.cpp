#include "server_fixture.hpp"
#include "support/temp_folder.hpp"
#include <gyre/executor.hpp>
#include <gyre/http/multipart.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace gyre::http::test {
namespace {

using gyre::test::Captures;
using gyre::test::ExpectOnce;
using gyre::test::TempFolder;

using Request = HTTPServerRequest;
using Response = HTTPServerResponse;

std::string field(std::string_view name, std::string_view data) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string{name} + "\"\r\n\r\n" +
           std::string{data} + "\r\n";
}

std::string file(std::string_view name, std::string_view filename, std::string_view data) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string{name} +
           "\"; filename=\"" + std::string{filename} + "\"\r\nContent-Type: text/x\r\n\r\n" +
           std::string{data} + "\r\n";
}

std::string upload(std::string_view body, std::string_view type = "multipart/form-data; boundary=b",
                   std::size_t missing = 0) {
    return "POST /up HTTP/1.1\r\nHost: t\r\nContent-Type: " + std::string{type} +
           "\r\nContent-Length: " + std::to_string(body.size() + missing) + "\r\n\r\n" +
           std::string{body};
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Takes jobs and runs one, here, when it is told to.
class HeldExecutor final : public Executor {
public:
    Error submit(std::function<void()> job) override {
        if (refuse) return {Errc::queue_full, "no room"};
        jobs.push_back(std::move(job));
        return {};
    }
    void run_one() {
        const auto job = std::move(jobs.front());
        jobs.erase(jobs.begin());
        job();
    }
    std::vector<std::function<void()>> jobs;
    bool refuse = false;
};

/// A server whose handler at POST /up makes a reader and hands it to `arrange`, and writes down
/// what is told.
class MultipartReaderTest : public ServerTest {
protected:
    void SetUp() override { make_server(); }
    void make_server() {
        serve().stream("POST", "/up", [this](const Request& given, const Response& to) {
            request = given;
            response = to;
            reader = MultipartReader{given, options};
            arrange();
        });
        server->get("/", [](const Request&, const Response& to) { to.finish("next"); });
        listen();
    }
    void use_held_executor() {
        server.reset();
        held = std::make_shared<HeldExecutor>();
        make_reactor({.clock = clock, .executor = held});
        make_server();
    }
    void answer_at_the_end() {
        reader.on_finish([this](Error error) {
            told += "finish " + std::to_string(form_status(error));
            response.set_status(form_status(error)).ignore("a good status");
            response.finish(told);
        });
    }
    void collect() {
        reader.on_part([this](const MultipartPart& part) {
            told += "part " + std::string{part.name()} + (part.is_file() ? " file " : " ") +
                    std::string{part.filename()} + "\n";
            part.on_data([this](std::string_view piece) { data.append(piece); });
            part.on_finish([this](Error error) {
                told += error ? "broken " + std::to_string(form_status(error)) + "\n"
                              : "data " + std::exchange(data, {}) + "\n";
            });
        });
        answer_at_the_end();
    }
    void save_all() {
        reader.on_part([this](const MultipartPart& part) {
            part.save_to(folder.path("."), [this](Error error, const SavedFile& saved) {
                told += error ? "not saved " + std::to_string(form_status(error)) + "\n"
                              : "saved " + std::to_string(saved.size) + "\n";
                if (!saved.path.empty()) paths.push_back(saved.path);
            });
        });
        answer_at_the_end();
    }
    std::size_t files_in_folder() const {
        const std::filesystem::directory_iterator all{folder.path(".")};
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
    std::string reply_to(const std::string& bytes) {
        RawClient client = connect();
        client.try_send(bytes);
        client.wait_for([&] {
            return client.ended || client.received.find("finish") != std::string::npos ||
                   (status_of(client.received) >= 400 && response.finished());
        });
        return client.settled();
    }
    void TearDown() override {
        request = {};
        response = {};
        reader = {};
        ServerTest::TearDown();
    }

    std::function<void()> arrange = [this] { collect(); };
    MultipartOptions options;
    Request request;
    Response response;
    MultipartReader reader;
    TempFolder folder;
    std::shared_ptr<HeldExecutor> held;
    std::string told;
    std::string data;
    std::vector<std::string> paths;
};

TEST_F(MultipartReaderTest, PartsAreToldInTheirOrder) {
    const std::string body =
        field("a", "1") + file("f", "../x", "2\r\n") + field("a", "") + "--b--\r\n";
    const std::string reply = reply_to(upload(body));
    EXPECT_EQ(body_of(reply),
              "part a \ndata 1\npart f file ../x\ndata 2\r\n\npart a \ndata \nfinish 200");
}

TEST_F(MultipartReaderTest, ByteByByteIsTheSame) {
    const std::string all = upload(field("a", "1\r\n--") + file("f", "x", "22") + "--b--\r\n");
    RawClient client = connect();
    for (const char byte : all)
        client.send({&byte, 1});
    client.until("finish");
    EXPECT_EQ(told, "part a \ndata 1\r\n--\npart f file x\ndata 22\nfinish 200");
}

TEST_F(MultipartReaderTest, HeadersOfAPartStayValidWithIt) {
    MultipartPart kept;
    arrange = [&] {
        reader.on_part([&](const MultipartPart& part) { kept = part; });
        answer_at_the_end();
    };
    reply_to(upload(file("f", "x", "2") + "--b--"));
    EXPECT_EQ(kept.name(), "f");
    EXPECT_EQ(kept.filename(), "x");
    EXPECT_EQ(kept.content_type(), "text/x");
    EXPECT_EQ(kept.headers().get("content-type", ""), "text/x");
    EXPECT_EQ(kept.headers().size(), 2U);
}

TEST_F(MultipartReaderTest, NobodyTakesThePartsAndTheyAreSkipped) {
    arrange = [this] { answer_at_the_end(); };
    EXPECT_EQ(body_of(reply_to(upload(field("a", "1") + "--b--"))), "finish 200");
}

TEST_F(MultipartReaderTest, ReadingWaitsUntilSomebodyAsks) {
    arrange = [] {};
    RawClient client = connect();
    client.send(upload(field("a", "1") + "--b--")).settled();
    EXPECT_EQ(told, "");
    collect();
    client.until("finish");
    EXPECT_EQ(told, "part a \ndata 1\nfinish 200");
}

TEST_F(MultipartReaderTest, PauseHoldsEvenWhatHasArrived) {
    int parts = 0;
    arrange = [&] {
        reader.on_part([&](const MultipartPart&) {
            ++parts;
            reader.pause();
        });
        answer_at_the_end();
    };
    RawClient client = connect();
    client.send(upload(field("a", "1") + field("b", "2") + "--b--")).settled();
    EXPECT_EQ(parts, 1);
    reader.resume();
    EXPECT_EQ(parts, 1) << "never inline";
    client.settled();
    EXPECT_EQ(parts, 2);
    EXPECT_EQ(told, "");
    reader.resume();
    client.until("finish 200");
}

TEST_F(MultipartReaderTest, ReadCollectsAPart) {
    arrange = [this] {
        reader.on_part([this](const MultipartPart& part) {
            part.read([this](Error error, const std::string& text) {
                told += error ? "error " : text + " ";
            });
            part.read([this](Error error, const std::string&) {
                told += error == Errc::already_in_progress ? "twice " : "bad ";
            });
        });
        answer_at_the_end();
    };
    reply_to(upload(field("a", "one") + field("b", "two") + "--b--"));
    EXPECT_NE(told.find("one two "), std::string::npos) << told;
    EXPECT_NE(told.find("twice "), std::string::npos) << told;
}

TEST_F(MultipartReaderTest, WhatComesTooLateIsClosed) {
    MultipartPart kept;
    arrange = [&] {
        reader.on_part([&](const MultipartPart& part) { kept = part; });
        answer_at_the_end();
    };
    reply_to(upload(field("a", "1") + "--b--"));
    const auto expect_closed = [](const Error& error) { EXPECT_EQ(error, Errc::closed); };
    ExpectOnce finish, read, save;
    kept.on_finish(finish(expect_closed));
    kept.read(read([&](const Error& error, const std::string&) { expect_closed(error); }));
    kept.save_to(folder.path("."),
                 save([&](const Error& error, const SavedFile&) { expect_closed(error); }));
    ExpectOnce again;
    reader.on_finish(again([](const Error& error) { EXPECT_FALSE(error); }));
    EXPECT_EQ(again.calls(), 0) << "never inline";
    settle();
}

TEST_F(MultipartReaderTest, FilesAreSaved) {
    arrange = [this] { save_all(); };
    std::string large(300'000, 'x');
    large[150'000] = '\r';
    const std::string body = file("f", "../../evil", large) + file("g", "", "") + "--b--\r\n";
    EXPECT_EQ(body_of(reply_to(upload(body))), "saved 300000\nsaved 0\nfinish 200");
    ASSERT_EQ(paths.size(), 2U);
    EXPECT_EQ(content_of(paths[0]), large);
    EXPECT_EQ(content_of(paths[1]), "");
    struct stat about{};
    ASSERT_EQ(::stat(paths[0].c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0600U);
    EXPECT_EQ(std::filesystem::path{paths[0]}.parent_path().parent_path().string() + "/x",
              folder.path("x"));
    EXPECT_EQ(std::filesystem::path{paths[0]}.filename().string().substr(0, 7), "upload-");
}

TEST_F(MultipartReaderTest, SaveAsNeverReplacesAFileOrFollowsALink) {
    folder.write("there", "old");
    folder.link("link", folder.path("target"));
    for (const char* name : {"there", "link"}) {
        told.clear();
        arrange = [this, name] {
            reader.on_part([this, name](const MultipartPart& part) {
                part.save_as(folder.path(name), [this](Error error, const SavedFile& saved) {
                    EXPECT_EQ(error.code(), EEXIST);
                    EXPECT_EQ(saved.path, "");
                    told += "not saved ";
                });
            });
            answer_at_the_end();
        };
        reply_to(upload(file("f", "x", "new") + "--b--"));
        EXPECT_EQ(told, "not saved finish 500");
    }
    EXPECT_EQ(content_of(folder.path("there")), "old");
    EXPECT_FALSE(std::filesystem::exists(folder.path("target")));
}

TEST_F(MultipartReaderTest, PathWithNulAndSecondSaveAreRefused) {
    arrange = [this] {
        reader.on_part([this](const MultipartPart& part) {
            part.save_as(folder.path("a") + '\0', [this](Error error, const SavedFile&) {
                told += error == Errc::invalid_argument ? "nul " : "bad ";
            });
            part.save_as(folder.path("a"), [this](Error error, const SavedFile&) {
                told += error ? "bad " : "saved ";
            });
            part.save_as(folder.path("b"), [this](Error error, const SavedFile&) {
                told += error == Errc::already_in_progress ? "twice " : "bad ";
            });
        });
        answer_at_the_end();
    };
    reply_to(upload(file("f", "x", "new") + "--b--"));
    EXPECT_EQ(told, "nul twice saved finish 200");
    EXPECT_EQ(content_of(folder.path("a")), "new");
    EXPECT_FALSE(std::filesystem::exists(folder.path("b")));
}

TEST_F(MultipartReaderTest, PartialFileIsRemovedWhenTheFormIsMalformed) {
    arrange = [this] { save_all(); };
    const std::string body =
        file("f", "x", "whole") + file("f", "x", std::string(200'000, 'x')) + "--bad\r\n";
    EXPECT_EQ(body_of(reply_to(upload(body))), "saved 5\nnot saved 400\nfinish 400");
    EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(MultipartReaderTest, PartialFileIsRemovedWhenTheClientGoes) {
    arrange = [this] { save_all(); };
    RawClient client = connect();
    client.send(
        upload(file("f", "x", std::string(200'000, 'x')), "multipart/form-data; boundary=b", 1000));
    client.wait_for([&] { return files_in_folder() == 1; });
    client.reset();
    RawClient other = connect();
    other.wait_for([&] { return told.find("finish") != std::string::npos; });
    EXPECT_EQ(told.substr(0, 10), "not saved ");
    EXPECT_EQ(files_in_folder(), 0U);
}

TEST_F(MultipartReaderTest, NothingIsReadWhileAWriteIsOutstanding) {
    use_held_executor();
    arrange = [this] { save_all(); };
    RawClient client = connect();
    const std::string body = file("f", "x", std::string(150'000, 'x')) + "--b--";
    client.try_send(upload(body));
    client.wait_for([&] { return held->jobs.size() == 1; });
    client.settled();
    EXPECT_EQ(held->jobs.size(), 1U);
    EXPECT_EQ(told, "");
    client.wait_for([&] {
        if (!held->jobs.empty()) held->run_one();
        return told.find("finish") != std::string::npos;
    });
    EXPECT_EQ(told, "saved 150000\nfinish 200");
}

TEST_F(MultipartReaderTest, ServerGoesWhileAWriteIsOutstanding) {
    use_held_executor();
    Captures captures;
    arrange = [this, &captures] {
        reader.on_part([this, token = captures.token()](const MultipartPart& part) {
            part.save_to(folder.path("."), [token](const Error&, const SavedFile&) {
                ADD_FAILURE() << "called after the server's end";
            });
            part.on_finish([token](const Error&) { ADD_FAILURE() << "called"; });
        });
        reader.on_finish([token = captures.token()](const Error&) { ADD_FAILURE() << "called"; });
    };
    RawClient client = connect();
    client.try_send(upload(file("f", "x", std::string(90'000, 'x')) + "--b--"));
    client.wait_for([&] { return held->jobs.size() == 1; });
    server.reset();
    EXPECT_TRUE(captures.released());
    held->run_one();
    settle();
    EXPECT_TRUE(held->jobs.empty());
    EXPECT_EQ(files_in_folder(), 0U);
}

TEST_F(MultipartReaderTest, ReactorGoesWhileAWriteIsOutstanding) {
    use_held_executor();
    arrange = [this] { save_all(); };
    RawClient client = connect();
    client.try_send(upload(file("f", "x", std::string(90'000, 'x')) + "--b--"));
    client.wait_for([&] { return held->jobs.size() == 1; });
    request = {};
    response = {};
    server.reset();
    reactor_holder.reset();
    held->jobs.clear();
    EXPECT_EQ(told, "");
    EXPECT_EQ(files_in_folder(), 0U);
}

TEST_F(MultipartReaderTest, ExecutorWithoutRoomIsAnError) {
    use_held_executor();
    held->refuse = true;
    arrange = [this] { save_all(); };
    EXPECT_EQ(body_of(reply_to(upload(file("f", "x", "1") + "--b--"))),
              "not saved 503\nfinish 503");
}

TEST_F(MultipartReaderTest, MalformedBodyIsToldAndAnswered) {
    EXPECT_EQ(body_of(reply_to(upload("--b\r\nA: b\r\n\r\n"))), "finish 400");
    told.clear();
    EXPECT_EQ(body_of(reply_to(upload(field("a", "1")))), "part a \nbroken 400\nfinish 400");
}

TEST_F(MultipartReaderTest, OtherContentTypesAreRefused) {
    const auto status = [this](const char* type) {
        return status_of(reply_to(upload("--b--", type)));
    };
    EXPECT_EQ(status("multipart/form-data; boundary=\"b\""), 200);
    EXPECT_EQ(status("application/json"), 415);
    EXPECT_EQ(status("application/x-www-form-urlencoded"), 415);
    EXPECT_EQ(status("multipart/form-data"), 400);
    EXPECT_EQ(status("multipart/form-data; boundary="), 400);
    EXPECT_EQ(status("multipart/form-data; boundary=b; boundary=c"), 400);
    EXPECT_EQ(status("multipart/form-data; boundary=\"b \""), 400);
    EXPECT_EQ(status("multipart/form-data; boundary=b\r\nContent-Type: a/b"), 400);
}

TEST_F(MultipartReaderTest, LimitsAtTheirEdges) {
    options = {.max_parts = 3, .max_files = 1, .max_field_size = 4, .max_part_size = 6};
    const auto status = [this](const std::string& parts) {
        return status_of(reply_to(upload(parts + "--b--")));
    };
    EXPECT_EQ(status(field("a", "1234") + field("a", "") + field("a", "")), 200);
    EXPECT_EQ(status(field("a", "12345")), 413);
    EXPECT_EQ(status(file("a", "x", "123456")), 200);
    EXPECT_EQ(status(file("a", "x", "1234567")), 413);
    EXPECT_EQ(status(file("a", "x", "") + file("a", "x", "")), 400);
    EXPECT_EQ(status(field("a", "") + field("a", "") + field("a", "") + field("a", "")), 400);
    options = {.max_part_head = 30};
    EXPECT_EQ(status(field("a", "")), 400);
    EXPECT_EQ(server->metrics().limits.multipart, 5U);
}

TEST_F(MultipartReaderTest, ReadOfAFileHasTheLimitOfAField) {
    options = {.max_field_size = 4};
    arrange = [this] {
        reader.on_part([this](const MultipartPart& part) {
            part.read([this](Error error, const std::string& text) {
                told += error ? "error " : "read " + text + " ";
            });
        });
        answer_at_the_end();
    };
    reply_to(upload(file("a", "x", "1234") + file("a", "x", "12345") + "--b--"));
    EXPECT_EQ(told, "read 1234 error finish 413");
}

TEST_F(MultipartReaderTest, LimitsOfZeroAreRefused) {
    const MultipartOptions bad[] = {{.max_parts = 0},
                                    {.max_files = 0},
                                    {.max_part_head = 0},
                                    {.max_field_size = 0},
                                    {.max_part_size = 0}};
    for (const MultipartOptions& each : bad) {
        options = each;
        arrange = [this] {
            reader.on_finish([this](const Error& error) {
                told += error == Errc::invalid_argument ? "refused " : "bad ";
                response.finish("finish");
            });
            EXPECT_EQ(told, "") << "never inline";
        };
        reply_to(upload("--b--"));
        EXPECT_EQ(std::exchange(told, {}), "refused ");
    }
}

TEST_F(MultipartReaderTest, WithoutACallbackTheErrorIsAnswered) {
    arrange = [this] { reader.on_part([](const MultipartPart&) {}); };
    EXPECT_EQ(status_of(reply_to(upload("--bx\r\n"))), 400);
    arrange = [] {};
    EXPECT_EQ(status_of(reply_to(upload("{}", "application/json"))), 415);
}

TEST_F(MultipartReaderTest, WithoutACallbackAFullDiskIsReported) {
    arrange = [this] {
        reader.on_part([](const MultipartPart& part) {
            part.save_to("/nowhere/at/all", [](const Error&, const SavedFile&) {});
        });
    };
    EXPECT_EQ(status_of(reply_to(upload(file("f", "x", "1") + "--b--"))), 500);
    settle();
    EXPECT_EQ(take_reports().size(), 1U);
}

TEST_F(MultipartReaderTest, RequestsOwnErrorsAreTold) {
    arrange = [this] {
        request.set_max_body_size(100);
        collect();
    };
    EXPECT_EQ(status_of(reply_to(upload(field("a", std::string(200, 'x'))))), 413);
    EXPECT_NE(told.find("finish 413"), std::string::npos);
}

TEST_F(MultipartReaderTest, ResponseBeforeTheEndCancels) {
    arrange = [this] {
        reader.on_part([this](const MultipartPart& part) {
            part.on_data([this](std::string_view) { response.finish("finish early"); });
            part.on_finish([this](const Error& error) {
                told += error == Errc::canceled ? "part canceled " : "bad ";
            });
        });
        reader.on_finish(
            [this](const Error& error) { told += error == Errc::canceled ? "canceled" : "bad"; });
    };
    reply_to(upload(field("a", "1") + field("b", "2") + "--b--"));
    settle();
    EXPECT_EQ(told, "part canceled canceled");
}

TEST_F(MultipartReaderTest, OtherRequestsAndInertReaders) {
    ExpectOnce once;
    server->post("/buffered", [&](const Request& given, const Response& to) {
        const MultipartReader other{given};
        other.on_finish(once([to](const Error& error) {
            EXPECT_EQ(error, Errc::closed);
            to.finish("finish");
        }));
    });
    RawClient client = connect();
    client.send(
        "POST /buffered HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; "
        "boundary=b\r\nContent-Length: 0\r\n\r\n");
    client.until("finish");
    const MultipartReader none;
    none.on_part([](const MultipartPart&) {});
    none.pause();
    none.resume();
    const MultipartPart no_part;
    EXPECT_EQ(no_part.name(), "");
    EXPECT_FALSE(no_part.is_file());
    EXPECT_TRUE(no_part.headers().empty());
}

enum class Place { part, data, part_finish, read, saved, finish };
enum class Deed { destroy, throws, finish, let_go, set_again, pause };

/// The contract of each callback: it may do anything.
class MultipartContract : public MultipartReaderTest,
                          public testing::WithParamInterface<std::tuple<Place, Deed>> {
protected:
    void act_at(Place here) {
        if (here != std::get<0>(GetParam()) || acted++ != 0) return;
        switch (std::get<1>(GetParam())) {
            case Deed::destroy:
                return server.reset();
            case Deed::throws:
                throw std::runtime_error{"boom"};
            case Deed::finish:
                return response.finish("finish");
            case Deed::let_go:
                request = {};
                response = {};
                reader = {};
                return;
            case Deed::set_again:
                reader.on_part([](const MultipartPart&) {});
                reader.on_finish([](const Error& error) { error.ignore("of no interest"); });
                return;
            case Deed::pause:
                reader.pause();
                reader.resume();
                return;
        }
    }
    void watch(const std::shared_ptr<int>& token) {
        reader.on_part([this, token](const MultipartPart& part) {
            part.on_data([this, token](std::string_view) { act_at(Place::data); });
            part.on_finish([this, token](const Error& error) {
                error.ignore("of no interest");
                act_at(Place::part_finish);
            });
            part.read([this, token](const Error& error, const std::string&) {
                error.ignore("of no interest");
                act_at(Place::read);
            });
            part.save_to(folder.path("."), [this, token](const Error& error, const SavedFile&) {
                error.ignore("of no interest");
                act_at(Place::saved);
            });
            act_at(Place::part);
        });
        reader.on_finish([this, token](const Error& error) {
            error.ignore("of no interest");
            ++finished;
            act_at(Place::finish);
        });
    }
    int acted = 0;
    int finished = 0;
};

TEST_P(MultipartContract, CallbackMayDoAnything) {
    Captures captures;
    arrange = [&] { watch(captures.token()); };
    RawClient client = connect();
    client.send(upload(file("f", "x", std::string(100, 'x')) + field("g", "2") + "--b--"));
    client.wait_for([&] { return acted > 0; });
    const bool told_the_end =
        std::get<1>(GetParam()) != Deed::destroy && std::get<1>(GetParam()) != Deed::set_again;
    client.wait_for([&] { return !told_the_end || finished == 1; });
    client.settled();
    EXPECT_LE(finished, 1);
    client.close();
    request = {};
    response = {};
    reader = {};
    server.reset();
    // A file may still be on its way to be removed.
    for (int i = 0; i < 1000 && !captures.released(); ++i) {
        settle();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    EXPECT_TRUE(captures.released());
    for (int i = 0; i < 1000 && reactor().has_work(); ++i) {
        settle();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    take_reports();
}

INSTANTIATE_TEST_SUITE_P(
    All, MultipartContract,
    testing::Combine(testing::Values(Place::part, Place::data, Place::part_finish, Place::read,
                                     Place::saved, Place::finish),
                     testing::Values(Deed::destroy, Deed::throws, Deed::finish, Deed::let_go,
                                     Deed::set_again, Deed::pause)));

}  // namespace
}  // namespace gyre::http::test
