// Responses as a client receives them, to each kind of request, in one piece and cut up.

#include "http1_split_check.hpp"

#include <cstddef>
#include <cstdint>

using namespace gyre::http::detail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const test::FuzzInput input{data, size};
    const char* const methods[] = {"GET", "HEAD", "CONNECT", "POST"};
    const char* const method = methods[input.choice / 32U % 4U];
    test::check_splits<test::ResponseDriver>(
        input, [&](ResponseParser& parser) { parser.expect_response_to(method); });
    return 0;
}
