#include "httpbin/compression.hpp"

#include <brotli/encode.h>

#include <stdexcept>

#include <zlib.h>

namespace httpbin {
namespace {

constexpr int zlib_window = 15;
constexpr int gzip_window = zlib_window + 16;  // zlib's way to ask for gzip's format

std::string compress(std::string_view text, int window) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw std::runtime_error{"zlib does not start"};
    std::string out(deflateBound(&stream, text.size()), '\0');
    // zlib does not change its input, but does not say so either.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) throw std::runtime_error{"zlib does not finish"};
    return out;
}

}  // namespace

std::string gzip(std::string_view text) { return compress(text, gzip_window); }

std::string deflate(std::string_view text) { return compress(text, zlib_window); }

std::string brotli(std::string_view text) {
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
    std::string out(size, '\0');
    if (BrotliEncoderCompress(BROTLI_DEFAULT_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT,
                              text.size(), reinterpret_cast<const std::uint8_t*>(text.data()),
                              &size, reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_FALSE)
        throw std::runtime_error{"brotli does not finish"};
    out.resize(size);
    return out;
}

}  // namespace httpbin
