#include "support/subprocess_fixture.hpp"
#include "unique_descriptor.hpp"
#include <gyre/inherited_sockets.hpp>
#include <gyre/pass_descriptor.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// Descriptors that go to another process: over a Unix socket, or to a child from its start.
namespace gyre::test {
namespace {

using detail::UniqueDescriptor;

class PassDescriptor : public testing::Test {
protected:
    PassDescriptor() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        near.reset(ends[0]);
        far.reset(ends[1]);
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reader.reset(ends[0]);
        writer.reset(ends[1]);
    }

    UniqueDescriptor near;
    UniqueDescriptor far;
    UniqueDescriptor reader;
    UniqueDescriptor writer;
};

TEST_F(PassDescriptor, ADuplicateArrives) {
    ASSERT_FALSE(send_descriptor(near.get(), writer.get()));
    writer.reset();
    const ReceivedDescriptor received = receive_descriptor(far.get());
    ASSERT_FALSE(received.error) << received.error;
    const UniqueDescriptor mine{received.descriptor};
    EXPECT_TRUE(::fcntl(mine.get(), F_GETFD) & FD_CLOEXEC);
    EXPECT_EQ(::write(mine.get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(reader.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
}

TEST_F(PassDescriptor, EachMessageHasItsOwn) {
    ASSERT_FALSE(send_descriptor(near.get(), reader.get()));
    ASSERT_FALSE(send_descriptor(near.get(), writer.get()));
    const UniqueDescriptor first{receive_descriptor(far.get()).descriptor};
    const UniqueDescriptor second{receive_descriptor(far.get()).descriptor};
    EXPECT_EQ(::write(second.get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(first.get(), &byte, 1), 1);
}

TEST_F(PassDescriptor, ErrorsAreTold) {
    EXPECT_EQ(send_descriptor(near.get(), -1), Errc::invalid_argument);
    EXPECT_EQ(send_descriptor(reader.get(), writer.get()), Errc::invalid_argument);
    EXPECT_EQ(send_descriptor(-1, writer.get()), Errc::invalid_argument);
    EXPECT_EQ(receive_descriptor(-1).error, Errc::invalid_argument);
    EXPECT_EQ(receive_descriptor(reader.get()).error, Errc::invalid_argument);
    ::fcntl(far.get(), F_SETFL, O_NONBLOCK);
    EXPECT_EQ(receive_descriptor(far.get()).error.code(), EAGAIN);
    near.reset();
    EXPECT_EQ(receive_descriptor(far.get()).error, Errc::end_of_stream);
    EXPECT_EQ(send_descriptor(far.get(), writer.get()), Errc::broken_pipe);
}

TEST_F(PassDescriptor, AByteWithoutADescriptorIsRefused) {
    ASSERT_EQ(::send(near.get(), "x", 1, 0), 1);
    EXPECT_EQ(receive_descriptor(far.get()).error, Errc::protocol_error);
}

TEST_F(PassDescriptor, SeveralAtOnceAreRefusedAndClosed) {
    const std::ptrdiff_t before = open_descriptors();
    for (const std::size_t count : {2u, 4u, 6u}) {
        std::array<int, 6> sent;
        sent.fill(writer.get());
        char byte = 0;
        iovec part{&byte, 1};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof sent)] = {};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        cmsghdr* const item = CMSG_FIRSTHDR(&message);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(count * sizeof(int));
        std::memcpy(CMSG_DATA(item), sent.data(), count * sizeof(int));
        ASSERT_EQ(::sendmsg(near.get(), &message, 0), 1);
        EXPECT_EQ(receive_descriptor(far.get()).error, Errc::protocol_error) << count;
    }
    EXPECT_EQ(open_descriptors(), before);
}

class ChildSocketsTest : public SubprocessFixture {
protected:
    /// What a shell script says that was started with these sockets.
    std::string output(const std::string& script, std::vector<InheritedSocket> sockets,
                       SubprocessOptions options = {}) {
        options.argv = {"sh", "-c", script};
        options.sockets = std::move(sockets);
        options.stdout_to = Stdio::pipe();
        std::string text;
        bool ended = false;
        const Subprocess child = spawn(options);
        child.stdout_stream().on_data([&](std::string_view part) { text += part; });
        child.set_exit_callback([&, pid = child.pid()](const Error& error, ExitStatus status) {
            EXPECT_FALSE(error);
            EXPECT_TRUE(status.success());
            ended = true;
        });
        const std::string pid = std::to_string(child.pid());
        turn_until([&] { return ended && child.stdout_stream().closed(); });
        if (const auto at = text.find(pid); at != std::string::npos)
            text.replace(at, pid.size(), "OWN");
        return text;
    }
};

TEST_F(ChildSocketsTest, TheChildFindsThemFromThreeOn) {
    const UniqueDescriptor one{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const UniqueDescriptor two{::open("/dev/zero", O_RDWR | O_CLOEXEC)};
    EXPECT_EQ(output("echo $LISTEN_PID $LISTEN_FDS $LISTEN_FDNAMES; readlink /proc/self/fd/3 "
                     "/proc/self/fd/4; ls /proc/self/fd | wc -l",
                     {{.name = "web", .descriptor = two.get()}, {.descriptor = one.get()}}),
              "OWN 2 web:unknown\n/dev/zero\n/dev/null\n6\n")
        << "three of its own, two sockets and what ls opens";
}

TEST_F(ChildSocketsTest, NumbersMayCrossOver) {
    std::vector<UniqueDescriptor> many;
    for (int i = 0; i < 6; ++i)
        many.emplace_back(::open(i % 2 == 0 ? "/dev/null" : "/dev/zero", O_RDWR | O_CLOEXEC));
    std::vector<InheritedSocket> sockets;
    std::string expected;
    for (int i = 5; i >= 0; --i) {
        sockets.push_back({.descriptor = many[static_cast<std::size_t>(i)].get()});
        expected += i % 2 == 0 ? "/dev/null\n" : "/dev/zero\n";
    }
    EXPECT_EQ(output("for i in 3 4 5 6 7 8; do readlink /proc/self/fd/$i; done", sockets),
              expected);
}

TEST_F(ChildSocketsTest, TheEnvironmentThatIsAskedForStays) {
    const UniqueDescriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    SubprocessOptions options;
    options.environment = {{"A", "1"}, {"LISTEN_FDS", "7"}, {"LISTEN_PID", "1"}};
    options.extra_environment = {{"B", "2"}};
    EXPECT_EQ(output("echo $A $B $LISTEN_FDS $LISTEN_PID", {{.descriptor = null.get()}}, options),
              "1 2 1 OWN\n");
}

TEST_F(ChildSocketsTest, ArgumentsAreNotTouched) {
    const UniqueDescriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    SubprocessOptions options{.argv = {"printf", "%s|", "a b", "", "$x '\"", "-n"},
                              .stdout_to = Stdio::pipe(),
                              .sockets = {{.descriptor = null.get()}}};
    std::string text;
    const Subprocess child = spawn(options);
    child.stdout_stream().on_data([&](std::string_view part) { text += part; });
    EXPECT_TRUE(wait_for(child).success());
    turn_until([&] { return child.stdout_stream().closed(); });
    EXPECT_EQ(text, "a b||$x '\"|-n|");
}

TEST_F(ChildSocketsTest, BadOnesAreRefused) {
    const auto refusal = [&](InheritedSocket socket) {
        return Subprocess::spawn(reactor(), {.argv = {"true"}, .sockets = {std::move(socket)}})
            .error;
    };
    EXPECT_EQ(refusal({}), Errc::invalid_argument);
    EXPECT_EQ(refusal({.descriptor = 1 << 20}), Errc::invalid_argument);
    EXPECT_EQ(refusal({.name = "a:b", .descriptor = 0}), Errc::invalid_argument);
}

TEST_F(ChildSocketsTest, AProgramThatIsNotThereIsToldByItsStatus) {
    const UniqueDescriptor null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    SubprocessOptions options{.argv = {"/nonexistent"},
                              .stderr_to = Stdio::null(),
                              .sockets = {{.descriptor = null.get()}}};
    EXPECT_EQ(wait_for(spawn(options)).code, 127);
}

}  // namespace
}  // namespace gyre::test
