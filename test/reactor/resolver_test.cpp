#include "ares_resolver.hpp"
#include "dns_cache.hpp"
#include "host_name.hpp"
#include "hosts_file.hpp"
#include "reactor_core.hpp"
#include "support/fake_dns.hpp"
#include <gyre/reactor.hpp>
#include <gyre/resolver.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ares.h>
#include <unistd.h>

namespace gyre {
namespace {

using detail::AresResolver;
using test::DnsReply;
using test::FakeDns;
using Kind = DnsReply::Kind;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Texts texts(const std::vector<Address>& addresses) {
    Texts list;
    for (const Address& address : addresses)
        list.push_back(address.to_string());
    return list;
}

struct Answer {
    Error error;
    Texts addresses;
    std::chrono::milliseconds after{};
    int calls = 0;
};

/// A reactor, a DNS server and the default resolver that asks it.
class ResolverTest : public testing::Test {
protected:
    explicit ResolverTest(std::shared_ptr<Clock> clock = nullptr)
        : reactor_(std::make_unique<Reactor>(ReactorOptions{.clock = std::move(clock)})) {
        make_resolver({.servers = dns_.server(), .hosts_file = "/dev/null"});
        reactor_->on_unhandled_error(
            [this](const Error& error) { unhandled_.push_back(error.message()); });
    }
    ~ResolverTest() override { EXPECT_EQ(unhandled_, Texts{}); }

    void make_resolver(detail::ResolverOptions options) {
        resolver_ = std::make_unique<AresResolver>(
            *reactor_, detail::ReactorCore::of(*reactor_).poller(), std::move(options));
    }

    Lookup ask(const std::string& host, Answer& answer, std::uint16_t port = 80) {
        const auto begin = std::chrono::steady_clock::now();
        return resolver_->resolve(
            host, port, [&answer, begin](Error error, const std::vector<Address>& addresses) {
                ++answer.calls;
                answer.error = std::move(error);
                answer.addresses = texts(addresses);
                answer.after = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::steady_clock::now() - begin);
            });
    }
    Answer ask_and_run(const std::string& host) {
        Answer answer;
        ask(host, answer);
        EXPECT_EQ(answer.calls, 0);
        reactor_->run();
        EXPECT_EQ(answer.calls, 1) << host;
        return answer;
    }
    /// Turns the loop in real time, which a manual clock does not do by itself.
    void turn_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + 5s;
        while (!done() && std::chrono::steady_clock::now() < end) {
            reactor_->poll();
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_TRUE(done());
    }

    FakeDns dns_;
    std::unique_ptr<Reactor> reactor_;
    std::unique_ptr<AresResolver> resolver_;
    Texts unhandled_;
};

/// The same with a clock that only moves by hand.
class ManualTimeTest : public ResolverTest {
protected:
    explicit ManualTimeTest(std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>())
        : ResolverTest(clock), clock_(std::move(clock)) {}

    Answer ask_and_turn(const std::string& host) {
        Answer answer;
        ask(host, answer);
        turn_until([&] { return answer.calls > 0; });
        return answer;
    }

    std::shared_ptr<ManualClock> clock_;
};

TEST_F(ResolverTest, LiteralsAreAnsweredWithoutDns) {
    EXPECT_EQ(ask_and_run("192.0.2.1").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(ask_and_run("2001:db8::1").addresses, Texts{"[2001:db8::1]:80"});
    EXPECT_EQ(ask_and_run("fe80::1%3").addresses, Texts{"[fe80::1%3]:80"});
    EXPECT_EQ(dns_.questions(), 0);
}

TEST_F(ResolverTest, LocalhostIsTheLoopback) {
    const Texts loopback{"[::1]:80", "127.0.0.1:80"};
    for (const char* name :
         {"localhost", "LocalHost", "localhost.", "a.localhost", "a.b.localhost."})
        EXPECT_EQ(ask_and_run(name).addresses, loopback) << name;
    EXPECT_EQ(dns_.questions(), 0);
}

TEST_F(ResolverTest, WhatCannotBeAHostNameIsRefused) {
    for (const std::string& name :
         {std::string{}, std::string{"."}, std::string{"a..b"}, std::string{".a"},
          std::string{"a.."}, std::string{"a b"}, std::string{"a\nb"}, std::string{"a\0b", 3},
          std::string{"b\xc3\xbc"
                      "cher.example"},
          std::string{"a/b"}, std::string{"[::1]"}, std::string{"host:80"}, std::string{"127.1"},
          std::string{"256.0.0.1"}, std::string(64, 'x'), std::string(254, 'x'),
          std::string{"::1%no-such-interface"}}) {
        const Answer answer = ask_and_run(name);
        EXPECT_EQ(answer.error.kind(), Errc::invalid_argument) << name;
        EXPECT_TRUE(answer.addresses.empty());
    }
    EXPECT_EQ(dns_.questions(), 0);
}

TEST_F(ResolverTest, BothFamiliesIPv6First) {
    dns_.set_a("both.test", {.addresses = {"192.0.2.1", "192.0.2.2"}});
    dns_.set_aaaa("both.test", {.addresses = {"2001:db8::1"}});
    const Answer answer = ask_and_run("both.test");
    EXPECT_FALSE(answer.error) << answer.error;
    ASSERT_EQ(answer.addresses.size(), 3U);
    EXPECT_EQ(answer.addresses.front(), "[2001:db8::1]:80");
    EXPECT_EQ(dns_.questions("both.test"), 2);
}

TEST_F(ResolverTest, OneFamilyAlone) {
    dns_.set_a("four.test", {.addresses = {"192.0.2.1"}});
    dns_.set_aaaa("six.test", {.addresses = {"2001:db8::1"}});
    EXPECT_EQ(ask_and_run("four.test").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(ask_and_run("six.test").addresses, Texts{"[2001:db8::1]:80"});
}

TEST_F(ResolverTest, ASlowFamilyIsWaitedForFor50Milliseconds) {
    dns_.set_a("slow6.test", {.addresses = {"192.0.2.1"}});
    dns_.set_aaaa("slow6.test", {.addresses = {"2001:db8::1"}, .delay = 400ms});
    const Answer answer = ask_and_run("slow6.test");
    EXPECT_EQ(answer.addresses, Texts{"192.0.2.1:80"});
    EXPECT_GE(answer.after, 49ms);
    EXPECT_LE(answer.after, 300ms);
}

TEST_F(ResolverTest, AFamilyThatIsOnlyALittleLaterIsInTheAnswer) {
    dns_.set_a("soon6.test", {.addresses = {"192.0.2.1"}});
    dns_.set_aaaa("soon6.test", {.addresses = {"2001:db8::1"}, .delay = 10ms});
    EXPECT_EQ(ask_and_run("soon6.test").addresses, (Texts{"[2001:db8::1]:80", "192.0.2.1:80"}));
}

TEST_F(ResolverTest, TheLateFamilyServesTheNextLookUp) {
    dns_.set_a("slow6.test", {.addresses = {"192.0.2.1"}});
    dns_.set_aaaa("slow6.test", {.addresses = {"2001:db8::1"}, .delay = 150ms});
    EXPECT_EQ(ask_and_run("slow6.test").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(ask_and_run("slow6.test").addresses, Texts{"192.0.2.1:80"});
    reactor_->call_later(300ms, [] {});
    reactor_->run();
    EXPECT_EQ(ask_and_run("slow6.test").addresses, (Texts{"[2001:db8::1]:80", "192.0.2.1:80"}));
    EXPECT_EQ(dns_.questions("slow6.test"), 2);
}

TEST_F(ResolverTest, AnUnusefulAnswerFirstDoesNotStartTheDelay) {
    dns_.set_aaaa("four.test", {});
    dns_.set_a("four.test", {.addresses = {"192.0.2.1"}, .delay = 120ms});
    EXPECT_EQ(ask_and_run("four.test").addresses, Texts{"192.0.2.1:80"});
}

TEST_F(ResolverTest, ANameThatDoesNotExist) {
    const Answer answer = ask_and_run("no.such.host");
    EXPECT_EQ(answer.error.kind(), Errc::host_not_found);
    EXPECT_EQ(answer.error.code(), ARES_ENOTFOUND);
    EXPECT_EQ(answer.error.category(), "resolver");
    EXPECT_EQ(answer.error.message(), "cannot resolve \"no.such.host\": Domain name not found");
    EXPECT_STREQ(answer.error.place().file_name(), __FILE__);
}

TEST_F(ResolverTest, ANameWithoutAnyAddress) {
    dns_.set_a("empty.test", {});
    dns_.set_aaaa("empty.test", {});
    EXPECT_EQ(ask_and_run("empty.test").error.kind(), Errc::host_not_found);
}

TEST_F(ResolverTest, AServerFailure) {
    dns_.set_a("broken.test", {.kind = Kind::servfail});
    dns_.set_aaaa("broken.test", {.kind = Kind::servfail});
    EXPECT_EQ(ask_and_run("broken.test").error.kind(), Errc::resolver_failed);
}

TEST_F(ResolverTest, AServerFailureForOneFamilyCountsBeforeTheOthersNothing) {
    dns_.set_a("half.test", {.kind = Kind::servfail});
    dns_.set_aaaa("half.test", {});
    EXPECT_EQ(ask_and_run("half.test").error.kind(), Errc::resolver_failed);
    dns_.set_aaaa("half.test", {.addresses = {"2001:db8::1"}});
    EXPECT_EQ(ask_and_run("half.test").addresses, Texts{"[2001:db8::1]:80"});
}

TEST_F(ResolverTest, NoServerAtAllIsToldAtOnce) {
    make_resolver({.servers = "127.0.0.1:1", .hosts_file = "/dev/null"});
    Answer other;
    ask("other.test", other);
    const Answer answer = ask_and_run("some.test");
    EXPECT_EQ(answer.error.kind(), Errc::resolver_failed);
    EXPECT_EQ(other.error.kind(), Errc::resolver_failed);
    EXPECT_LE(answer.after, 500ms);
}

TEST_F(ResolverTest, SilenceTimesOut) {
    make_resolver({.servers = dns_.server(), .timeout = 200ms, .hosts_file = "/dev/null"});
    dns_.set_silent("silent.test");
    const Answer answer = ask_and_run("silent.test");
    EXPECT_EQ(answer.error.kind(), Errc::timed_out);
    EXPECT_EQ(answer.error.category(), "resolver");
    EXPECT_GE(answer.after, 199ms);
    EXPECT_LE(answer.after, 600ms);
}

TEST_F(ManualTimeTest, TheLimitIsFiveSeconds) {
    dns_.set_silent("silent.test");
    Answer answer;
    ask("silent.test", answer);
    reactor_->poll();
    clock_->advance(4999ms);
    reactor_->poll();
    reactor_->poll();
    EXPECT_EQ(answer.calls, 0);
    clock_->advance(1ms);
    turn_until([&] { return answer.calls > 0; });
    EXPECT_EQ(answer.error.kind(), Errc::timed_out);
}

TEST_F(ResolverTest, ALookUpKeepsRunGoingButItsHousekeepingDoesNot) {
    dns_.set_silent("silent.test");
    Answer answer;
    const Lookup lookup = ask("silent.test", answer);
    reactor_->run_for(30ms);
    EXPECT_EQ(answer.calls, 0);
    lookup.cancel();
    const auto begin = std::chrono::steady_clock::now();
    reactor_->run();  // c-ares still waits for the server
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_EQ(answer.error.kind(), Errc::canceled);
}

TEST_F(ResolverTest, CancelBeforeTheAnswer) {
    dns_.set_a("slow.test", {.addresses = {"192.0.2.1"}, .delay = 50ms});
    Answer answer;
    const Lookup lookup = ask("slow.test", answer);
    lookup.cancel();
    lookup.cancel();
    EXPECT_EQ(answer.calls, 0);
    reactor_->run();
    EXPECT_EQ(answer.calls, 1);
    EXPECT_EQ(answer.error.kind(), Errc::canceled);
    reactor_->call_later(100ms, [] {});
    reactor_->run();
    EXPECT_EQ(answer.calls, 1);
    // The answer that came all the same is in the cache.
    EXPECT_EQ(ask_and_run("slow.test").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(dns_.questions("slow.test"), 2);
}

TEST_F(ResolverTest, CancelOfAnAnswerNotYetDelivered) {
    for (const char* name : {"127.0.0.1", "localhost", "bad name"}) {
        Answer answer;
        ask(name, answer).cancel();
        reactor_->run();
        EXPECT_EQ(answer.calls, 1);
        EXPECT_EQ(answer.error.kind(), Errc::canceled);
        EXPECT_TRUE(answer.addresses.empty());
    }
}

TEST_F(ResolverTest, ACanceledLookUpNobodyLooksAtIsNotReported) {
    resolver_->resolve("127.0.0.1", 1, [](const Error&, const std::vector<Address>&) {}).cancel();
    reactor_->run();
}

TEST_F(ResolverTest, AFailureNobodyLooksAtIsReported) {
    resolver_->resolve("no.such.host", 1, [](const Error&, const std::vector<Address>&) {});
    reactor_->run();
    EXPECT_EQ(unhandled_, Texts{"cannot resolve \"no.such.host\": Domain name not found"});
    unhandled_.clear();
}

TEST_F(ResolverTest, CancelInsideTheCallback) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}});
    Lookup lookup;
    int calls = 0;
    lookup = resolver_->resolve("a.test", 1, [&](const Error& error, const std::vector<Address>&) {
        EXPECT_FALSE(error);
        ++calls;
        lookup.cancel();
    });
    reactor_->run();
    lookup.cancel();
    reactor_->run();
    EXPECT_EQ(calls, 1);
}

TEST_F(ResolverTest, ThrowInsideTheCallback) {
    resolver_->resolve("localhost", 1, [](const Error&, const std::vector<Address>&) {
        throw std::runtime_error{"boom"};
    });
    reactor_->run();
    EXPECT_EQ(unhandled_, Texts{"an exception left a callback: boom"});
    unhandled_.clear();
}

TEST_F(ResolverTest, StartAgainInsideTheCallback) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}});
    dns_.set_a("b.test", {.addresses = {"192.0.2.2"}});
    Answer second;
    resolver_->resolve("a.test", 80,
                       [&](const Error&, const std::vector<Address>&) { ask("b.test", second); });
    reactor_->run();
    EXPECT_EQ(second.addresses, Texts{"192.0.2.2:80"});
}

TEST_F(ResolverTest, DestroyTheReactorWithLookUpsPending) {
    dns_.set_silent("silent.test");
    const auto capture = std::make_shared<int>(0);
    const auto never = [capture](const Error&, const std::vector<Address>&) { ADD_FAILURE(); };
    std::vector<Lookup> lookups;
    lookups.push_back(resolver_->resolve("silent.test", 1, never));
    lookups.push_back(resolver_->resolve("silent.test", 1, never));
    reactor_->poll();
    lookups.push_back(resolver_->resolve("localhost", 1, never));
    EXPECT_EQ(capture.use_count(), 5);
    reactor_.reset();
    EXPECT_EQ(capture.use_count(), 2);  // `never` and this one
    for (const Lookup& lookup : lookups)
        lookup.cancel();
    resolver_.reset();
}

TEST_F(ResolverTest, DestroyTheResolverWithLookUpsPending) {
    dns_.set_silent("silent.test");
    const auto capture = std::make_shared<int>(0);
    const Lookup lookup = resolver_->resolve(
        "silent.test", 1, [capture](const Error&, const std::vector<Address>&) { ADD_FAILURE(); });
    reactor_->poll();
    resolver_.reset();
    EXPECT_EQ(capture.use_count(), 1);
    lookup.cancel();
    reactor_->run();  // and nothing holds it up
}

TEST_F(ResolverTest, DestroyTheResolverInsideACallback) {
    dns_.set_silent("silent.test");
    const auto capture = std::make_shared<int>(0);
    resolver_->resolve("silent.test", 1,
                       [capture](const Error&, const std::vector<Address>&) { ADD_FAILURE(); });
    resolver_->resolve("localhost", 1,
                       [this](const Error&, const std::vector<Address>&) { resolver_.reset(); });
    reactor_->run();
    EXPECT_EQ(capture.use_count(), 1);
}

TEST(ReactorsOwnResolver, DestroyWithLookUpsPending) {
    const auto capture = std::make_shared<int>(0);
    {
        Reactor reactor;
        reactor.resolver().resolve(
            "localhost", 1,
            [capture](const Error&, const std::vector<Address>&) { ADD_FAILURE(); });
        reactor.resolver().resolve(
            "gyre.invalid", 1,
            [capture](const Error&, const std::vector<Address>&) { ADD_FAILURE(); });
    }
    EXPECT_EQ(capture.use_count(), 1);
}

TEST_F(ManualTimeTest, TheCacheAnswersUntilTheTimeToLiveIsOver) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}, .ttl = 60});
    EXPECT_EQ(ask_and_turn("a.test").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(dns_.questions("a.test"), 2);
    clock_->advance(59s);
    reactor_->poll();
    EXPECT_EQ(ask_and_turn("A.Test").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(dns_.questions("a.test"), 2);
    clock_->advance(1s);
    reactor_->poll();
    EXPECT_EQ(ask_and_turn("a.test").addresses, Texts{"192.0.2.1:80"});
    EXPECT_EQ(dns_.questions("a.test"), 4);
}

TEST_F(ManualTimeTest, ThePortIsTheCallersAlsoFromTheCache) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}});
    ask_and_turn("a.test");
    Answer answer;
    ask("a.test", answer, 443);
    turn_until([&] { return answer.calls > 0; });
    EXPECT_EQ(answer.addresses, Texts{"192.0.2.1:443"});
}

TEST_F(ManualTimeTest, ATimeToLiveOfZeroIsNotCached) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}, .ttl = 0});
    ask_and_turn("a.test");
    ask_and_turn("a.test");
    EXPECT_EQ(dns_.questions("a.test"), 4);
}

TEST_F(ManualTimeTest, ThatANameDoesNotExistIsBelievedForFiveSeconds) {
    EXPECT_EQ(ask_and_turn("no.such.host").error.kind(), Errc::host_not_found);
    clock_->advance(4s);
    reactor_->poll();
    EXPECT_EQ(ask_and_turn("no.such.host").error.kind(), Errc::host_not_found);
    EXPECT_EQ(dns_.questions("no.such.host"), 2);
    clock_->advance(1s);
    reactor_->poll();
    ask_and_turn("no.such.host").error.ignore("only the question counts");
    EXPECT_EQ(dns_.questions("no.such.host"), 4);
}

TEST_F(ManualTimeTest, AFailureOfTheServerIsNotCached) {
    dns_.set_a("broken.test", {.kind = Kind::servfail});
    EXPECT_EQ(ask_and_turn("broken.test").error.kind(), Errc::resolver_failed);
    dns_.set_a("broken.test", {.addresses = {"192.0.2.1"}});
    EXPECT_EQ(ask_and_turn("broken.test").addresses, Texts{"192.0.2.1:80"});
}

TEST_F(ResolverTest, LookUpsOfOneNameShareTheQuestions) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}, .delay = 20ms});
    std::vector<Answer> answers(20);
    for (std::size_t i = 0; i < answers.size(); ++i)
        ask(i % 2 == 0 ? "a.test" : "A.TEST", answers[i], static_cast<std::uint16_t>(i + 1));
    reactor_->run();
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(answers[i].addresses, Texts{"192.0.2.1:" + std::to_string(i + 1)});
    EXPECT_EQ(dns_.questions("a.test"), 2);
}

TEST_F(ResolverTest, LookUpsThatShareAFailureEachGetAnErrorOfTheirOwn) {
    Answer first;
    ask("no.such.host", first);
    resolver_->resolve("no.such.host", 1, [](const Error&, const std::vector<Address>&) {});
    reactor_->run();
    EXPECT_EQ(first.error.kind(), Errc::host_not_found);
    EXPECT_EQ(unhandled_.size(), 1U);  // the second nobody looked at
    unhandled_.clear();
}

TEST_F(ResolverTest, CancelOneOfTwoThatShare) {
    dns_.set_a("a.test", {.addresses = {"192.0.2.1"}, .delay = 20ms});
    Answer first;
    Answer second;
    const Lookup lookup = ask("a.test", first);
    ask("a.test", second);
    lookup.cancel();
    reactor_->run();
    EXPECT_EQ(first.error.kind(), Errc::canceled);
    EXPECT_EQ(second.addresses, Texts{"192.0.2.1:80"});
}

TEST_F(ResolverTest, SilentLookUpsDoNotDelayOthers) {
    std::vector<Answer> silent(50);
    std::vector<Answer> fast(10);
    std::vector<Lookup> lookups;
    for (std::size_t i = 0; i < silent.size(); ++i) {
        const std::string name = "silent" + std::to_string(i) + ".test";
        dns_.set_silent(name);
        lookups.push_back(ask(name, silent[i]));
    }
    for (std::size_t i = 0; i < fast.size(); ++i) {
        const std::string name = "fast" + std::to_string(i) + ".test";
        dns_.set_a(name, {.addresses = {"192.0.2.1"}});
        ask(name, fast[i]);
    }
    reactor_->run_for(200ms);
    for (const Answer& answer : fast) {
        EXPECT_EQ(answer.addresses, Texts{"192.0.2.1:80"});
        EXPECT_LE(answer.after, 100ms);
    }
    for (const Lookup& lookup : lookups)
        lookup.cancel();
    reactor_->run();
    for (const Answer& answer : silent)
        EXPECT_EQ(answer.error.kind(), Errc::canceled);
}

TEST_F(ResolverTest, TheHostsFileComesBeforeDns) {
    const std::string path = testing::TempDir() + "gyre_hosts_" + std::to_string(::getpid());
    std::ofstream{path} << "192.0.2.9 Web.Test web # the name\n2001:db8::9 web.test\n";
    make_resolver({.servers = dns_.server(), .hosts_file = path});
    EXPECT_EQ(ask_and_run("web.test").addresses, (Texts{"[2001:db8::9]:80", "192.0.2.9:80"}));
    EXPECT_EQ(ask_and_run("WEB.").addresses, Texts{"192.0.2.9:80"});
    EXPECT_EQ(dns_.questions(), 0);
    std::ofstream{path} << "192.0.2.10 web.test another.test\n";  // read again when it changed
    EXPECT_EQ(ask_and_run("web.test").addresses, Texts{"192.0.2.10:80"});
    std::remove(path.c_str());
    EXPECT_EQ(ask_and_run("web.test").error.kind(), Errc::host_not_found);
}

TEST(HostsFile, OddLines) {
    const std::string path = testing::TempDir() + "gyre_hosts_odd_" + std::to_string(::getpid());
    std::ofstream{path} << "\n# comment\n  \t192.0.2.1\ttabs\tmore \r\nnonsense name\n192.0.2.2\n"
                           "192.0.2.3 dup dup\n192.0.2.3 dup\nfe80::1%2 zone\n192.0.2.4 last";
    detail::HostsFile hosts{path};
    EXPECT_EQ(texts(hosts.find("tabs")), Texts{"192.0.2.1:0"});
    EXPECT_EQ(texts(hosts.find("more")), Texts{"192.0.2.1:0"});
    EXPECT_TRUE(hosts.find("name").empty());
    EXPECT_EQ(texts(hosts.find("dup")), Texts{"192.0.2.3:0"});
    EXPECT_EQ(texts(hosts.find("zone")), Texts{"[fe80::1%2]:0"});
    EXPECT_EQ(texts(hosts.find("last")), Texts{"192.0.2.4:0"});
    EXPECT_TRUE(hosts.find("").empty());
    std::remove(path.c_str());
}

TEST(HostName, Limits) {
    using detail::check_host_name;
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    ASSERT_EQ(longest.size(), 253U);
    EXPECT_FALSE(check_host_name(label));
    EXPECT_TRUE(check_host_name(label + 'a'));
    EXPECT_FALSE(check_host_name(longest));
    EXPECT_FALSE(check_host_name(longest + '.'));
    EXPECT_TRUE(check_host_name(longest + 'a'));
}

TEST(HostName, WhatPracticeHas) {
    for (const char* name : {"a", "a.", "a-b", "_service.example", "xn--bcher-kva.example", "1",
                             "1a.2b", "123456789012", "A.B", "-odd-.example"})
        EXPECT_FALSE(detail::check_host_name(name)) << name;
}

TEST(HostName, TheMessageNamesItSafely) {
    EXPECT_EQ(detail::check_host_name("a\n\"b").message(),
              "\"a\\x0a\\x22b\" cannot be a host name: it holds a character that no host name has");
    EXPECT_LT(detail::check_host_name(std::string(100000, 'a')).message().size(), 400U);
}

TEST(HostName, Localhost) {
    EXPECT_TRUE(detail::is_localhost("localhost"));
    EXPECT_TRUE(detail::is_localhost("a.localhost."));
    EXPECT_FALSE(detail::is_localhost("alocalhost"));
    EXPECT_FALSE(detail::is_localhost("localhost.example"));
}

TEST(DnsCache, TheOldestGoesWhenItIsFull) {
    using detail::DnsCache;
    DnsCache cache;
    const TimePoint now{1h};
    for (std::size_t i = 0; i < DnsCache::most_names + 1; ++i)
        cache.store("name" + std::to_string(i), {.status = 1}, now + 1s);
    EXPECT_EQ(cache.size(), DnsCache::most_names);
    EXPECT_FALSE(cache.find("name0", now));
    EXPECT_TRUE(cache.find("name1", now));
    EXPECT_TRUE(cache.find("name1000", now));
    cache.store("name1", {.status = 2}, now + 2s);  // replaced: no other one goes
    EXPECT_EQ(cache.size(), DnsCache::most_names);
    EXPECT_EQ(cache.find("name1", now + 1s)->status, 2);
    EXPECT_FALSE(cache.find("name2", now + 1s));
}

}  // namespace
}  // namespace gyre
