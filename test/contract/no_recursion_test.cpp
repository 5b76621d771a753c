#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

#include <functional>

#include <pthread.h>

namespace gyre::test {
namespace {

// Ten million immediate completions on a stack of 256 KB: the depth stays the same.
void* complete_for_ever(void*) {
    Reactor reactor;
    auto [first, second] = make_memory_pair(reactor);
    const IOStream stream{reactor, std::move(first)};
    int left = ReactorOptions::default_checks() ? 1'000'000 : 10'000'000;  // sanitizers are slow
    std::function<void()> next = [&] {
        if (--left == 0) return stream.abort();
        if (left % 2 == 0)
            stream.write("", [&](const Error&) { next(); });
        else
            reactor.add_callback([&] { next(); });
    };
    next();
    reactor.run();
    EXPECT_EQ(left, 0);
    return nullptr;
}

TEST(NoRecursionTest, ImmediateCompletionsOnASmallStack) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_t thread{};
    ASSERT_EQ(::pthread_create(&thread, &attributes, &complete_for_ever, nullptr), 0);
    ::pthread_join(thread, nullptr);
    ::pthread_attr_destroy(&attributes);
}

TEST(NoRecursionTest, ReadsOfWhatIsBuffered) {
    Reactor reactor;
    auto [first, second] = make_memory_pair(reactor, {.capacity = 1 << 20});
    const IOStream stream{reactor, std::move(first), {.read_ahead = 1 << 20}};
    const IOStream peer{reactor, std::move(second)};
    peer.write(std::string(200'000, 'x'));
    int depth = 0;
    int reads = 0;
    std::function<void()> next = [&] {
        stream.read_bytes(1, [&](const Error& error, const std::string&) {
            EXPECT_FALSE(error);
            EXPECT_EQ(++depth, 1);
            if (++reads < 200'000)
                next();
            else
                stream.close();
            --depth;
        });
    };
    next();
    reactor.run();
    EXPECT_EQ(reads, 200'000);
}

}  // namespace
}  // namespace gyre::test
