#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace gyre::detail {

/// One of those that a number counts, from construction until it is let go of.
class OpenCount {
public:
    OpenCount() noexcept = default;
    explicit OpenCount(std::shared_ptr<std::size_t> number) noexcept : number_(std::move(number)) {
        ++*number_;
    }
    OpenCount(OpenCount&&) noexcept = default;
    OpenCount& operator=(OpenCount&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~OpenCount() {
        if (number_) --*number_;
    }

private:
    std::shared_ptr<std::size_t> number_;
};

}  // namespace gyre::detail
