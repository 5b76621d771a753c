#include "httpbin/random.hpp"

#include <algorithm>

namespace httpbin {

std::mt19937_64& random_engine() {
    static thread_local std::mt19937_64 engine{std::random_device{}()};
    return engine;
}

// Any text is a seed.
std::mt19937_64 engine_for(const gyre::http::HTTPServerRequest& request) {
    const auto text = request.query_argument("seed");
    if (!text) return std::mt19937_64{random_engine()()};
    std::seed_seq seed(text->begin(), text->end());
    return std::mt19937_64{seed};
}

std::string random_bytes(std::mt19937_64& engine, std::size_t size) {
    std::string bytes(size, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(engine() >> 56); });
    return bytes;
}

}  // namespace httpbin
