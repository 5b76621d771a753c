// Runs a fuzz target over files, without libFuzzer: `fuzz_replay_NAME FILE_OR_FOLDER…`. So the
// corpus is a regression test under every compiler and sanitizer.

#include <algorithm>
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
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

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

void replay(const std::filesystem::path& path) {
    const std::string contents = contents_of(path);
    // Said before the run: after a crash, the last line names the input.
    std::cerr << "replay " << path.string() << " (" << contents.size() << " bytes)\n";

    // A copy of exactly this size, not a string's with its spare capacity: AddressSanitizer then
    // sees a read of one byte too many.
    const auto bytes = std::make_unique<std::uint8_t[]>(contents.size());
    std::copy(contents.begin(), contents.end(), bytes.get());
    LLVMFuzzerTestOneInput(bytes.get(), contents.size());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::size_t count = 0;
        for (int i = 1; i < argc; ++i) {
            for (const auto& file : files_in(argv[i])) {
                replay(file);
                ++count;
            }
        }
        if (count == 0) {
            std::cerr << "no inputs: a fuzz target needs a corpus\n";
            return EXIT_FAILURE;
        }
        std::cout << count << " inputs replayed\n";
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
