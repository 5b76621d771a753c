// Requests as a server receives them, in one piece and cut up.

#include "http1_split_check.hpp"

#include <cstddef>
#include <cstdint>

using namespace gyre::http::detail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::FuzzInput input{data, size};
    test::check_splits<test::RequestDriver>(input, [](RequestParser&) {});
    return 0;
}
