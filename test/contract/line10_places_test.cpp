#include "chain_node.hpp"
#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

#include <functional>
#include <stdexcept>

namespace gyre::test {
namespace {

// Line 10: every callback knows where it was registered and, when traced, by which other.
class PlacesTest : public ReactorTest {
protected:
    ~PlacesTest() override { detail::set_tracing(false); }
};

TEST_F(PlacesTest, ATraceLeadsBackToMain) {
    make_reactor({.clock = clock, .trace = true});
    const unsigned first = std::source_location::current().line() + 1;
    reactor().add_callback([this] {
        reactor().call_later(std::chrono::seconds{1}, [this] {
            reactor().add_callback([] { throw std::runtime_error{"deep"}; });
        });
    });
    settle();
    advance(std::chrono::seconds{1});
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    const auto trace = told[0].trace();
    ASSERT_EQ(trace.size(), 3U);
    EXPECT_EQ(trace[0].line(), first + 2);
    EXPECT_EQ(trace[1].line(), first + 1);
    EXPECT_EQ(trace[2].line(), first);
}

TEST_F(PlacesTest, SixLevelsAreDescribedWithSixPlaces) {
    make_reactor({.clock = clock, .trace = true});
    constexpr std::chrono::seconds second{1};
    const unsigned first = std::source_location::current().line() + 1;
    reactor().add_callback([this, second] {
        reactor().call_later(second, [this] {
            reactor().add_callback([this] {
                reactor().add_callback([this] {
                    reactor().add_callback([this] {
                        reactor().add_callback([] { throw std::runtime_error{"deepest"}; });
                    });
                });
            });
        });
    });
    settle();
    advance(second);
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    std::string expected = "an exception left a callback: deepest";
    for (unsigned line = first + 6; line-- > first;)
        expected += std::string{"\n  registered at "} +
                    std::source_location::current().file_name() + ':' + std::to_string(line);
    EXPECT_EQ(told[0].describe(), expected);
}

TEST_F(PlacesTest, AStreamsCallbacksAreTraced) {
    make_reactor({.clock = clock, .trace = true});
    auto [first, second] = make_memory_pair(reactor());
    const IOStream stream{reactor(), std::move(first)};
    reactor().add_callback([&] { stream.read_bytes(1, [](const Error&, const std::string&) {}); });
    settle();
    second->abort();
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].trace().size(), 2U);
}

TEST_F(PlacesTest, WithoutTracingThereIsOnePlace) {
    detail::set_tracing(false);
    reactor().add_callback([this] { reactor().add_callback([] { throw 1; }); });
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].trace().size(), 1U);
}

TEST_F(PlacesTest, AChainWithoutEndDoesNotGrowWithoutEnd) {
    make_reactor({.clock = clock, .trace = true});
    int left = 1000;
    std::function<void()> again = [&] {
        if (left-- == 0) throw std::runtime_error{"end"};
        reactor().add_callback([&] { again(); });
    };
    reactor().add_callback([&] { again(); });
    settle();
    const auto told = take_reports();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_LE(told[0].trace().size(), 66U);
}

}  // namespace
}  // namespace gyre::test
