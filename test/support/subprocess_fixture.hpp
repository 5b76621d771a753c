#pragma once

#include "support/reactor_fixture.hpp"
#include <gyre/iostream.hpp>
#include <gyre/subprocess.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace gyre::test {

inline std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return std::distance(begin(all), end(all));
}

/// True if this process has neither a child that runs nor a zombie.
inline bool no_children() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

/// The test fails if it leaves a child or a descriptor behind.
class SubprocessFixture : public ReactorTest {
protected:
    SubprocessFixture() {
        reactor_holder.reset();
        descriptors_before = open_descriptors();
        make_reactor({.clock = clock});
    }
    void TearDown() override {
        settle();
        ReactorTest::TearDown();
        reactor_holder.reset();
        EXPECT_EQ(open_descriptors(), descriptors_before);
        EXPECT_TRUE(no_children());
    }

    /// Turns the loop until `done`, which must come within some seconds.
    void turn_until(const std::function<bool()>& done) {
        bool ended = done();
        for (int i = 0; i < 60'000 && !ended; ++i) {
            if (reactor().poll() == 0) ::usleep(500);
            ended = done();
        }
        EXPECT_TRUE(ended) << "did not happen";
    }

    /// Starts a child, which must succeed.
    Subprocess spawn(const SubprocessOptions& options) {
        SubprocessResult result = Subprocess::spawn(reactor(), options);
        EXPECT_FALSE(result.error) << result.error;
        return result.process;
    }
    Subprocess shell(const std::string& script, SubprocessOptions options = {}) {
        options.argv = {"/bin/sh", "-c", script};
        return spawn(options);
    }

    /// How the child ends.
    ExitStatus wait_for(const Subprocess& process) {
        bool ended = false;
        ExitStatus result;
        process.set_exit_callback([&](const Error& error, ExitStatus status) {
            EXPECT_FALSE(error) << error;
            result = status;
            ended = true;
        });
        turn_until([&] { return ended; });
        return result;
    }
    /// All that comes out of a stream.
    std::string read_all(const IOStream& stream) {
        bool ended = false;
        std::string result;
        stream.read_until_close([&](const Error& error, std::string bytes) {
            EXPECT_FALSE(error) << error;
            result = std::move(bytes);
            ended = true;
        });
        turn_until([&] { return ended; });
        return result;
    }
    /// What a script writes to its standard output; it must succeed.
    std::string output_of(const std::string& script, SubprocessOptions options = {}) {
        options.stdout_to = Stdio::pipe();
        const Subprocess process = shell(script, std::move(options));
        std::string output = read_all(process.stdout_stream());
        EXPECT_TRUE(wait_for(process).success());
        return output;
    }

    std::ptrdiff_t descriptors_before = 0;
};

}  // namespace gyre::test
