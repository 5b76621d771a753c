#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace gyre::test {

/// A folder of its own for a test, removed with all that is in it.
class TempFolder {
public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "gyre-test-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// The path of what lies, or may lie, in it.
    std::string path(std::string_view name) const { return (folder_ / name).string(); }
    /// Writes a file, with the folders above it; returns its path.
    std::string write(std::string_view name, std::string_view content) const {
        const std::filesystem::path file = folder_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        EXPECT_TRUE(out.good()) << file;
        return file.string();
    }
    void link(std::string_view name, const std::string& target) const {
        std::filesystem::create_symlink(target, folder_ / name);
    }

private:
    std::filesystem::path folder_;
};

}  // namespace gyre::test
