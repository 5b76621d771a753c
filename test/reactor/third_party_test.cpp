#include "support/fake_dns.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/subprocess.hpp>

#include <hiredis/async.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ares.h>
#include <netdb.h>
#include <unistd.h>

namespace gyre::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// C libraries that bring their own sockets run on add_handler, update_handler and remove_handler.
class ThirdPartyTest : public ReactorTest {
protected:
    ThirdPartyTest() { make_reactor({}); }
};

/// A c-ares channel whose sockets a reactor watches.
class AresOnReactor {
public:
    AresOnReactor(Reactor& reactor, const std::string& server) : reactor_(reactor) {
        ares_options options{};
        options.sock_state_cb = &on_socket_state;
        options.sock_state_cb_data = this;
        options.timeout = 2000;
        EXPECT_EQ(
            ::ares_init_options(&channel_, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS),
            ARES_SUCCESS);
        EXPECT_EQ(::ares_set_servers_ports_csv(channel_, server.c_str()), ARES_SUCCESS);
    }
    AresOnReactor(const AresOnReactor&) = delete;
    AresOnReactor& operator=(const AresOnReactor&) = delete;
    ~AresOnReactor() { ::ares_destroy(channel_); }

    void look_up(const std::string& name, Callback<void(int, std::string)> callback) {
        auto* waiting = new Callback<void(int, std::string)>{std::move(callback)};
        ::ares_gethostbyname(channel_, name.c_str(), AF_INET, &on_host, waiting);
    }
    int changes() const noexcept { return changes_; }

private:
    static void on_socket_state(void* data, ares_socket_t socket, int readable, int writable) {
        static_cast<AresOnReactor*>(data)->watch(socket, readable != 0, writable != 0);
    }
    static void on_host(void* data, int status, int, hostent* host) {
        const std::unique_ptr<Callback<void(int, std::string)>> waiting{
            static_cast<Callback<void(int, std::string)>*>(data)};
        std::string address;
        if (host && host->h_length == 4)
            for (int i = 0; i < 4; ++i)
                address += (i == 0 ? "" : ".") +
                           std::to_string(static_cast<unsigned char>(host->h_addr_list[0][i]));
        std::move (*waiting)(status, std::move(address));
    }

    void watch(int socket, bool readable, bool writable) {
        ++changes_;
        const IOEvents events = (readable ? IOEvents::read : IOEvents::none) |
                                (writable ? IOEvents::write : IOEvents::none);
        if (events == IOEvents::none) {
            reactor_.remove_handler(socket);
            watched_.erase(socket);
        } else if (watched_.contains(socket)) {
            EXPECT_FALSE(reactor_.update_handler(socket, events));
        } else {
            watched_[socket] = true;
            EXPECT_FALSE(reactor_.add_handler(socket, events, [this](int ready, IOEvents what) {
                ::ares_process_fd(channel_, what & IOEvents::read ? ready : ARES_SOCKET_BAD,
                                  what & IOEvents::write ? ready : ARES_SOCKET_BAD);
            }));
        }
    }

    Reactor& reactor_;
    ares_channel channel_ = nullptr;
    std::map<int, bool> watched_;
    int changes_ = 0;
};

TEST_F(ThirdPartyTest, CAresLooksNamesUp) {
    FakeDns dns;
    dns.set_a("one.test", {.addresses = {"192.0.2.1"}});
    dns.set_a("two.test", {.addresses = {"192.0.2.2"}, .delay = milliseconds{30}});
    AresOnReactor ares{reactor(), dns.server()};
    ExpectOnce one;
    ExpectOnce two;
    ExpectOnce none;
    ares.look_up("two.test", two([](int status, const std::string& address) {
                     EXPECT_EQ(status, ARES_SUCCESS);
                     EXPECT_EQ(address, "192.0.2.2");
                 }));
    ares.look_up("one.test", one([](int status, const std::string& address) {
                     EXPECT_EQ(status, ARES_SUCCESS);
                     EXPECT_EQ(address, "192.0.2.1");
                 }));
    ares.look_up("none.test",
                 none([](int status, const std::string&) { EXPECT_EQ(status, ARES_ENOTFOUND); }));
    // c-ares closes its sockets when nothing is left to ask, and then nothing keeps `run` going.
    reactor().run();
    EXPECT_GE(ares.changes(), 2);
}

/// hiredis, the client library of Redis, on a reactor: what its own adapters do for libevent.
class RedisOnReactor {
public:
    RedisOnReactor(Reactor& reactor, const std::string& path)
        : reactor_(reactor), redis_(::redisAsyncConnectUnix(path.c_str())) {
        redis_->ev.data = this;
        redis_->ev.addRead = [](void* self) { of(self).want(IOEvents::read, true); };
        redis_->ev.delRead = [](void* self) { of(self).want(IOEvents::read, false); };
        redis_->ev.addWrite = [](void* self) { of(self).want(IOEvents::write, true); };
        redis_->ev.delWrite = [](void* self) { of(self).want(IOEvents::write, false); };
        redis_->ev.cleanup = [](void* self) { of(self).clean_up(); };
    }
    RedisOnReactor(const RedisOnReactor&) = delete;
    RedisOnReactor& operator=(const RedisOnReactor&) = delete;
    ~RedisOnReactor() {
        if (redis_) ::redisAsyncFree(redis_);
    }

    /// `callback` gets the reply as text; an error of the connection as "failed".
    void command(const std::vector<std::string>& words, Callback<void(std::string)> callback) {
        std::vector<const char*> texts;
        std::vector<std::size_t> sizes;
        for (const std::string& word : words) {
            texts.push_back(word.data());
            sizes.push_back(word.size());
        }
        ::redisAsyncCommandArgv(redis_, &on_reply,
                                new Callback<void(std::string)>{std::move(callback)},
                                static_cast<int>(words.size()), texts.data(), sizes.data());
    }
    void disconnect() { ::redisAsyncDisconnect(redis_); }

private:
    static RedisOnReactor& of(void* self) { return *static_cast<RedisOnReactor*>(self); }

    static void on_reply(redisAsyncContext*, void* data, void* waiting) {
        const std::unique_ptr<Callback<void(std::string)>> callback{
            static_cast<Callback<void(std::string)>*>(waiting)};
        const auto* reply = static_cast<const redisReply*>(data);
        std::string text = "failed";
        if (reply && reply->type == REDIS_REPLY_INTEGER) text = std::to_string(reply->integer);
        if (reply && reply->str) text.assign(reply->str, reply->len);
        std::move (*callback)(std::move(text));
    }

    void want(IOEvents event, bool wanted) {
        const auto bits = static_cast<unsigned>(event);
        const auto before = static_cast<unsigned>(events_);
        events_ = static_cast<IOEvents>(wanted ? before | bits : before & ~bits);
        const int socket = redis_->c.fd;
        if (events_ == IOEvents::none) return reactor_.remove_handler(socket);
        const Error error =
            before != 0 ? reactor_.update_handler(socket, events_)
                        : reactor_.add_handler(socket, events_,
                                               [this](int, IOEvents what) { on_ready(what); });
        EXPECT_FALSE(error);
    }
    void on_ready(IOEvents what) {
        if (what & IOEvents::write) ::redisAsyncHandleWrite(redis_);
        if (redis_ && what & (IOEvents::read | IOEvents::error)) ::redisAsyncHandleRead(redis_);
    }
    void clean_up() {
        reactor_.remove_handler(redis_->c.fd);
        redis_ = nullptr;
    }

    Reactor& reactor_;
    redisAsyncContext* redis_;
    IOEvents events_ = IOEvents::none;
};

/// A Redis server of the test's own, on a Unix socket in a folder of its own.
class RedisTest : public ThirdPartyTest {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "gyre_redis_XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        SubprocessResult started = Subprocess::spawn(
            reactor(), {.argv = {"redis-server", "--port", "0", "--unixsocket", path(), "--save",
                                 "", "--appendonly", "no", "--dir", folder},
                        .stdin_from = Stdio::null(),
                        .stdout_to = Stdio::null(),
                        .stderr_to = Stdio::null()});
        ASSERT_FALSE(started.error) << started.error;
        server = started.process;
        wait_for_socket(500);
        reactor().run();
        ASSERT_TRUE(std::filesystem::exists(path())) << "redis-server did not begin to listen";
    }
    void wait_for_socket(int tries) {
        if (tries == 0 || std::filesystem::exists(path())) return;
        reactor().call_later(milliseconds{20}, [this, tries] { wait_for_socket(tries - 1); });
    }
    void TearDown() override {
        server.kill().ignore("it may have ended already");
        server.set_exit_callback([](const Error& error, ExitStatus) { EXPECT_FALSE(error); });
        reactor().run();
        std::filesystem::remove_all(folder);
        ThirdPartyTest::TearDown();
    }
    std::string path() const { return folder + "/socket"; }

    std::string folder;
    Subprocess server;
};

TEST_F(RedisTest, HiredisTalksToARealServer) {
    RedisOnReactor redis{reactor(), path()};
    ExpectOnce set;
    ExpectOnce get;
    ExpectOnce big;
    const std::string large(1'000'000, 'x');
    redis.command({"SET", "color", "green"},
                  set([](const std::string& reply) { EXPECT_EQ(reply, "OK"); }));
    redis.command({"SET", "large", large},
                  big([&](const std::string& reply) { EXPECT_EQ(reply, "OK"); }));
    redis.command({"GET", "color"}, [&](const std::string& reply) {
        EXPECT_EQ(reply, "green");
        redis.command({"GET", "large"}, get([&](const std::string& answer) {
                          EXPECT_EQ(answer, large);
                          redis.disconnect();
                      }));
    });
    reactor().run();
}

TEST_F(RedisTest, ThousandCommandsInOneGo) {
    RedisOnReactor redis{reactor(), path()};
    constexpr int commands = 1000;
    int last = 0;
    for (int i = 1; i <= commands; ++i)
        redis.command({"INCR", "count"}, [&, i](const std::string& reply) {
            EXPECT_EQ(reply, std::to_string(i));
            last = i;
            if (i == commands) redis.disconnect();
        });
    reactor().run();
    EXPECT_EQ(last, commands);
}

TEST_F(RedisTest, TheServersEndIsToldToWhoWaits) {
    RedisOnReactor redis{reactor(), path()};
    ExpectOnce once;
    // Blocks, so it waits when the server is killed.
    redis.command({"BLPOP", "nothing", "0"},
                  once([](const std::string& reply) { EXPECT_EQ(reply, "failed"); }));
    reactor().call_later(milliseconds{50}, [this] { EXPECT_FALSE(server.kill(SIGTERM)); });
    reactor().run();
}

}  // namespace
}  // namespace gyre::test
