// Subprocess::spawn: what a child gets, and what cannot be started.
#include "support/subprocess_fixture.hpp"
#include <gyre/limits.hpp>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace gyre::test {
namespace {

const Stdio piped = Stdio::pipe();

class SpawnTest : public SubprocessFixture {
protected:
    /// The error of a start that must fail and leave nothing behind.
    Error refusal(const SubprocessOptions& options) {
        const std::ptrdiff_t before = open_descriptors();
        SubprocessResult result = Subprocess::spawn(reactor(), options);
        EXPECT_FALSE(result.process);
        EXPECT_EQ(open_descriptors(), before);
        EXPECT_TRUE(no_children());
        return std::move(result.error);
    }
    static bool names(const Error& error, std::string_view text) {
        return error.message().find(text) != std::string::npos;
    }
};

/// A directory of the test's own, removed with what is in it.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = "/tmp/gyre-subprocess-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

    const std::string& path() const { return path_; }
    std::string file(const std::string& name, const std::string& text, mode_t mode) const {
        const std::string path = path_ + "/" + name;
        std::ofstream{path} << text;
        ::chmod(path.c_str(), mode);
        return path;
    }

private:
    std::string path_;
};

TEST_F(SpawnTest, TheProgramIsFoundInThePath) {
    EXPECT_TRUE(wait_for(spawn({.argv = {"true"}})).success());
    // In ours, also when the child's is another.
    EXPECT_TRUE(
        wait_for(spawn({.argv = {"true"}, .environment = {{{"PATH", "/nowhere"}}}})).success());
}

TEST_F(SpawnTest, ArgumentsArriveAsTheyAre) {
    const Subprocess process =
        spawn({.argv = {"printf", "%s|", "a b", "", "$HOME", "*", "\"'\\"}, .stdout_to = piped});
    EXPECT_EQ(read_all(process.stdout_stream()), "a b||$HOME|*|\"'\\|");
    wait_for(process);
}

TEST_F(SpawnTest, OurEnvironmentIsInherited) {
    ::setenv("GYRE_TEST_VARIABLE", "inherited", 1);
    EXPECT_EQ(output_of("echo $GYRE_TEST_VARIABLE"), "inherited\n");
    ::unsetenv("GYRE_TEST_VARIABLE");
}

TEST_F(SpawnTest, VariablesAreAddedAndReplaced) {
    ::setenv("GYRE_TEST_VARIABLE", "before", 1);
    const std::string script = "echo $GYRE_TEST_VARIABLE $GYRE_TEST_OTHER; test -n \"$PATH\"";
    EXPECT_EQ(output_of(script, {.extra_environment = {{"GYRE_TEST_VARIABLE", "a=b"},
                                                       {"GYRE_TEST_OTHER", "c"}}}),
              "a=b c\n");
    ::unsetenv("GYRE_TEST_VARIABLE");
}

TEST_F(SpawnTest, TheEnvironmentCanBeExactlyThis) {
    const Subprocess process = spawn({.argv = {"env"},
                                      .environment = {{{"ONE", "1"}, {"TWO", ""}}},
                                      .extra_environment = {{"ONE", "one"}, {"THREE", "3"}},
                                      .stdout_to = piped});
    EXPECT_EQ(read_all(process.stdout_stream()), "ONE=one\nTHREE=3\nTWO=\n");
    wait_for(process);
}

TEST_F(SpawnTest, TheEnvironmentCanBeEmpty) {
    const Subprocess process = spawn({.argv = {"env"}, .environment = {{}}, .stdout_to = piped});
    EXPECT_EQ(read_all(process.stdout_stream()), "");
    wait_for(process);
}

TEST_F(SpawnTest, TheChildStartsInItsWorkingDirectory) {
    const TemporaryDirectory directory;
    EXPECT_EQ(output_of("pwd -P", {.working_directory = directory.path()}),
              directory.path() + "\n");
    // A program with a slash is looked for there.
    directory.file("program", "#!/bin/sh\nexit 6\n", 0755);
    EXPECT_EQ(wait_for(spawn({.argv = {"./program"}, .working_directory = directory.path()})).code,
              6);
}

TEST_F(SpawnTest, TheChildHasNoDescriptorOfOurs) {
    const int leaky = ::open("/dev/null", O_RDONLY);  // would be inherited
    const int high = ::fcntl(leaky, F_DUPFD, 100);
    const Subprocess process = spawn({.argv = {"ls", "/proc/self/fd"},
                                      .stdin_from = piped,
                                      .stdout_to = piped,
                                      .stderr_to = piped});
    // 3 is what `ls` reads the directory through.
    EXPECT_EQ(read_all(process.stdout_stream()), "0\n1\n2\n3\n");
    wait_for(process);
    ::close(leaky);
    ::close(high);
}

TEST_F(SpawnTest, NullIsEmptyAndSwallowsEverything) {
    EXPECT_EQ(output_of("cat; echo lost >&2; readlink /proc/self/fd/0",
                        {.stdin_from = Stdio::null(), .stderr_to = Stdio::null()}),
              "/dev/null\n");
}

TEST_F(SpawnTest, PipesCanBeOpenedByName) {
    const Subprocess process =
        shell("cat /dev/stdin >/dev/stdout", {.stdin_from = piped, .stdout_to = piped});
    process.stdin_stream().write("text");
    process.stdin_stream().close();
    EXPECT_EQ(read_all(process.stdout_stream()), "text");
    wait_for(process);
}

TEST_F(SpawnTest, TheChildsEndsOfThePipesBlock) {
    // A write of more than a pipe holds would fail half-way otherwise.
    EXPECT_EQ(output_of("head -c 1000000 /dev/zero").size(), 1'000'000U);
}

TEST_F(SpawnTest, DescriptorsOfTheCallersAreDuplicated) {
    const TemporaryDirectory directory;
    const int in = ::open(directory.file("in", "input", 0600).c_str(), O_RDONLY | O_CLOEXEC);
    const int out = ::open((directory.path() + "/out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const Subprocess process =
        shell("cat; echo problem >&2", {.stdin_from = Stdio::descriptor(in),
                                        .stdout_to = Stdio::descriptor(out),
                                        .stderr_to = Stdio::descriptor(out)});
    EXPECT_TRUE(wait_for(process).success());
    std::string text(100, '\0');
    text.resize(static_cast<std::size_t>(::pread(out, text.data(), text.size(), 0)));
    EXPECT_EQ(text, "inputproblem\n");
    EXPECT_EQ(::fcntl(in, F_GETFD), FD_CLOEXEC) << "still the caller's";
    ::close(in);
    ::close(out);
}

TEST_F(SpawnTest, TheStandardErrorCanGoWhereTheOutputGoes) {
    EXPECT_EQ(
        output_of("echo one; echo two >&2; echo three", {.stderr_to = Stdio::standard_output()}),
        "one\ntwo\nthree\n");
}

TEST_F(SpawnTest, StandardDescriptorsCanBeSwapped) {
    // Ours, for a moment: 1 and 2 are two pipes.
    std::array<int, 2> a{};
    std::array<int, 2> b{};
    ASSERT_EQ(::pipe2(a.data(), O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(b.data(), O_CLOEXEC), 0);
    const int saved_out = ::fcntl(1, F_DUPFD_CLOEXEC, 10);
    const int saved_err = ::fcntl(2, F_DUPFD_CLOEXEC, 10);
    ::dup2(a[1], 1);
    ::dup2(b[1], 2);
    const SubprocessResult result =
        Subprocess::spawn(reactor(), {.argv = {"/bin/sh", "-c", "echo out; echo err >&2"},
                                      .stdout_to = Stdio::descriptor(2),
                                      .stderr_to = Stdio::descriptor(1)});
    ::dup2(saved_out, 1);
    ::dup2(saved_err, 2);
    ASSERT_FALSE(result.error) << result.error;
    EXPECT_TRUE(wait_for(result.process).success());
    std::string text(4, '\0');
    EXPECT_EQ(::read(a[0], text.data(), 4), 4);
    EXPECT_EQ(text, "err\n");
    EXPECT_EQ(::read(b[0], text.data(), 4), 4);
    EXPECT_EQ(text, "out\n");
    for (const int descriptor : {a[0], a[1], b[0], b[1], saved_out, saved_err})
        ::close(descriptor);
}

TEST_F(SpawnTest, WorksWithoutStandardDescriptorsOfOurOwn) {
    const TemporaryDirectory directory;
    std::array<int, 3> saved{};
    for (int i = 0; i < 3; ++i) {
        saved[static_cast<std::size_t>(i)] = ::fcntl(i, F_DUPFD_CLOEXEC, 10);
        ::close(i);
    }
    const SubprocessResult result = Subprocess::spawn(
        reactor(), {.argv = {"/bin/sh", "-c", "cat; pwd -P; readlink /proc/self/fd/2"},
                    .working_directory = directory.path(),
                    .stdin_from = piped,
                    .stdout_to = piped});
    for (int i = 0; i < 3; ++i)
        ::dup2(saved[static_cast<std::size_t>(i)], i);
    for (const int descriptor : saved)
        ::close(descriptor);
    ASSERT_FALSE(result.error) << result.error;
    result.process.stdin_stream().write("text\n");
    result.process.stdin_stream().close();
    EXPECT_EQ(read_all(result.process.stdout_stream()),
              "text\n" + directory.path() + "\n/dev/null\n");
    wait_for(result.process);
}

TEST_F(SpawnTest, TheChildsSignalsAreAtTheirDefaults) {
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
    const std::string blocked_there = output_of("grep ^SigBlk: /proc/self/status | cut -f2");
    const std::string ignored_there = output_of("grep ^SigIgn: /proc/self/status | cut -f2");
    ::signal(SIGPIPE, pipe_before);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(std::stoull(blocked_there, nullptr, 16), 0U);
    // The C library keeps signals 32 and 33 to itself.
    EXPECT_EQ(std::stoull(ignored_there, nullptr, 16) & ~std::uint64_t{0x180000000}, 0U);
}

TEST_F(SpawnTest, TheProcessGroupIsOursOrItsOwn) {
    const Subprocess shared = spawn({.argv = {"sleep", "1000"}});
    const Subprocess own = spawn({.argv = {"sleep", "1000"}, .process_group = ProcessGroup::own});
    const Subprocess session =
        spawn({.argv = {"sleep", "1000"}, .process_group = ProcessGroup::own_session});
    EXPECT_EQ(::getpgid(shared.pid()), ::getpgid(0));
    EXPECT_EQ(::getpgid(own.pid()), own.pid());
    EXPECT_EQ(::getsid(own.pid()), ::getsid(0));
    EXPECT_EQ(::getpgid(session.pid()), session.pid());
    EXPECT_EQ(::getsid(session.pid()), session.pid());
    for (const Subprocess& process : {shared, own, session}) {
        EXPECT_FALSE(process.kill());
        wait_for(process);
    }
}

TEST_F(SpawnTest, AProgramThatDoesNotExistIsNamed) {
    const Error error = refusal({.argv = {"gyre-no-such-program"}, .stdout_to = piped});
    EXPECT_EQ(error, Errc::system);
    EXPECT_EQ(error.code(), ENOENT);
    EXPECT_TRUE(names(error, "gyre-no-such-program")) << error;
    EXPECT_EQ(refusal({.argv = {"/no/such/program"}}).code(), ENOENT);
}

TEST_F(SpawnTest, AProgramThatMayNotBeExecutedIsNamed) {
    const TemporaryDirectory directory;
    const std::string program = directory.file("program", "#!/bin/sh\n", 0644);
    const Error error = refusal({.argv = {program}, .stdout_to = piped});
    EXPECT_EQ(error, Errc::permission_denied);
    EXPECT_TRUE(names(error, program)) << error;
}

TEST_F(SpawnTest, AFileThatIsNoProgramIsRefused) {
    const TemporaryDirectory directory;
    EXPECT_EQ(refusal({.argv = {directory.file("text", "just text\n", 0755)}}).code(), ENOEXEC);
    EXPECT_EQ(refusal({.argv = {directory.path()}}), Errc::permission_denied);
}

TEST_F(SpawnTest, AMissingWorkingDirectoryIsNamed) {
    const Error error =
        refusal({.argv = {"true"}, .working_directory = "/no/such/place", .stdin_from = piped});
    EXPECT_EQ(error.code(), ENOENT);
    EXPECT_TRUE(names(error, "/no/such/place")) << error;
    EXPECT_EQ(refusal({.argv = {"true"}, .working_directory = "/etc/passwd"}).code(), ENOTDIR);
}

TEST_F(SpawnTest, TooManyArgumentsAreRefused) {
    EXPECT_EQ(refusal({.argv = {"true", std::string(16 * 1024 * 1024, 'x')}}).code(), E2BIG);
}

TEST_F(SpawnTest, OptionsWithoutSenseAreRefused) {
    using namespace std::string_literals;
    const std::vector<SubprocessOptions> all{
        {},
        {.argv = {""}},
        {.argv = {"true\0x"s}},
        {.argv = {"true", "a\0b"s}},
        {.argv = {"true"}, .environment = {{{"A\0B"s, "x"}}}},
        {.argv = {"true"}, .environment = {{{"A", "x\0y"s}}}},
        {.argv = {"true"}, .environment = {{{"", "x"}}}},
        {.argv = {"true"}, .extra_environment = {{"A=B", "x"}}},
        {.argv = {"true"}, .working_directory = "/\0x"s},
        {.argv = {"true"}, .stdin_from = Stdio::standard_output()},
        {.argv = {"true"}, .stdout_to = Stdio::standard_output()},
        {.argv = {"true"}, .stdin_from = Stdio::descriptor(-1)},
        {.argv = {"true"}, .stderr_to = Stdio::descriptor(100'000)},
        {.argv = {"true"}, .stream_options = {.max_read_buffer = 0}},
    };
    for (const SubprocessOptions& options : all) {
        const Error error = refusal(options);
        EXPECT_EQ(error, Errc::invalid_argument) << error;
    }
}

TEST_F(SpawnTest, OutOfDescriptorsLeavesNothingBehind) {
    const SubprocessOptions options{.argv = {"true"},
                                    .working_directory = "/",
                                    .stdin_from = piped,
                                    .stdout_to = piped,
                                    .stderr_to = Stdio::null()};
    wait_for(spawn(options));
    refusal({.argv = {}}).ignore("what the sanitizers do once is done now");
    settle();
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    int failures = 0;
    Subprocess process;
    for (int more = 0; more < 20 && !process; ++more) {
        rlimit limit = before;
        limit.rlim_cur = static_cast<rlim_t>(lowest_free) + static_cast<rlim_t>(more);
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
        SubprocessResult result = Subprocess::spawn(reactor(), options);
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
        process = result.process;
        if (process) break;
        ++failures;
        EXPECT_EQ(result.error, Errc::out_of_descriptors) << result.error;
        EXPECT_EQ(open_descriptors(), descriptors_before + 2) << "after " << more;
        EXPECT_TRUE(no_children());
    }
    // Two pipes, /dev/null, the directory, the pidfd.
    EXPECT_GE(failures, 7);
    ASSERT_TRUE(process);
    wait_for(process);
}

}  // namespace
}  // namespace gyre::test
