// Runs a fuzz target over files, without libFuzzer: `fuzz_replay_NAME FILE_OR_FOLDER…`. So the
// corpus is a regression test under every compiler and sanitizer. `fuzz_replay_NAME --mutate
// SECONDS FILE_OR_FOLDER…` goes on with changed copies of them; one that fails is saved.

#include "mutator.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// There if a sanitizer is.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace {

// In the order of their names, so that a failure comes at the same place every time.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return {path};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A copy of exactly this size, not a string's with its spare capacity: AddressSanitizer then sees a
// read of one byte too many.
void run(std::string_view input) {
    const auto bytes = std::make_unique<std::uint8_t[]>(input.size());
    std::copy(input.begin(), input.end(), bytes.get());
    LLVMFuzzerTestOneInput(bytes.get(), input.size());
}

std::string replay(const std::filesystem::path& path) {
    std::string contents = contents_of(path);
    // Said before the run: after a crash, the last line names the input.
    std::cerr << "replay " << path.string() << " (" << contents.size() << " bytes)\n";
    run(contents);
    return contents;
}

std::string current;  // the input that runs

void save_current() {
    constexpr const char* path = "failed_input";
    std::ofstream(path, std::ios::binary) << current;
    std::cerr << "the input is in " << std::filesystem::absolute(path).string() << '\n';
}

void mutate(std::vector<std::string> corpus, std::chrono::seconds how_long) {
    constexpr std::uint64_t seed = 1;  // a failure comes again
    if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(&save_current);
    std::signal(SIGABRT, [](int) { save_current(); });
    Mutator mutator{std::move(corpus), seed};
    const auto end = std::chrono::steady_clock::now() + how_long;
    std::size_t runs = 0;
    for (; std::chrono::steady_clock::now() < end; ++runs)
        run(current = mutator.next());
    std::cout << runs << " changed inputs run\n";
}

struct Arguments {
    std::chrono::seconds mutate{0};
    std::vector<std::string> paths;
};

Arguments parse(int argc, char** argv) {
    Arguments arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string_view text = argv[i];
        if (text != "--mutate") {
            arguments.paths.emplace_back(text);
            continue;
        }
        const std::string_view seconds = ++i < argc ? argv[i] : "";
        int value = 0;
        const auto [stop, error] =
            std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
        if (error != std::errc{} || stop != seconds.data() + seconds.size() || value < 0)
            throw std::runtime_error("--mutate takes a number of seconds");
        arguments.mutate = std::chrono::seconds{value};
    }
    return arguments;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Arguments arguments = parse(argc, argv);
        std::vector<std::string> corpus;
        for (const std::string& path : arguments.paths)
            for (const auto& file : files_in(path))
                corpus.push_back(replay(file));
        if (corpus.empty()) {
            std::cerr << "no inputs: a fuzz target needs a corpus\n";
            return EXIT_FAILURE;
        }
        std::cout << corpus.size() << " inputs replayed\n";
        if (arguments.mutate.count() > 0) mutate(std::move(corpus), arguments.mutate);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
