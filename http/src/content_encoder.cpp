#include "content_encoder.hpp"

#include <brotli/encode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include <zlib.h>

namespace gyre::http::detail {
namespace {

constexpr std::size_t step = 16 * 1024;
constexpr int gzip_format = 16;  // zlib's sign for it, on top of the window's bits
// 256 KB: a response that streams for hours must not hold megabytes, and little is lost.
constexpr int brotli_window_bits = 18;

}  // namespace

void ContentEncoder::Deflate::operator()(z_stream_s* stream) const noexcept {
    ::deflateEnd(stream);
    delete stream;
}

void ContentEncoder::Brotli::operator()(BrotliEncoderStateStruct* state) const noexcept {
    ::BrotliEncoderDestroyInstance(state);
}

ContentEncoder::ContentEncoder(ContentCoding coding, int level) {
    if (coding == ContentCoding::brotli) {
        brotli_.reset(::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr));
        if (!brotli_) throw std::bad_alloc{};
        ::BrotliEncoderSetParameter(brotli_.get(), BROTLI_PARAM_QUALITY,
                                    static_cast<std::uint32_t>(level));
        ::BrotliEncoderSetParameter(brotli_.get(), BROTLI_PARAM_LGWIN, brotli_window_bits);
        return;
    }
    const int format = MAX_WBITS + (coding == ContentCoding::gzip ? gzip_format : 0);
    constexpr int memory_level = 8;  // zlib's default
    auto stream = std::make_unique<z_stream>();
    if (::deflateInit2(stream.get(), level, Z_DEFLATED, format, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw std::bad_alloc{};
    deflate_.reset(stream.release());
}

ContentEncoder::~ContentEncoder() = default;

void ContentEncoder::write(std::string_view bytes, std::string& out) {
    if (bytes.empty()) return;
    flushed_ = false;
    brotli_ ? brotli_all(bytes, BROTLI_OPERATION_PROCESS, out)
            : deflate_all(bytes, Z_NO_FLUSH, out);
}

void ContentEncoder::flush(std::string& out) {
    if (flushed_) return;
    flushed_ = true;
    brotli_ ? brotli_all({}, BROTLI_OPERATION_FLUSH, out) : deflate_all({}, Z_SYNC_FLUSH, out);
}

void ContentEncoder::finish(std::string& out) {
    brotli_ ? brotli_all({}, BROTLI_OPERATION_FINISH, out) : deflate_all({}, Z_FINISH, out);
}

void ContentEncoder::deflate_all(std::string_view bytes, int mode, std::string& out) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    do {
        const std::string_view part = bytes.substr(0, most);
        bytes.remove_prefix(part.size());
        deflate_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
        deflate_->avail_in = static_cast<uInt>(part.size());
        // Room that is not used up says that nothing waits inside; with it zlib cannot fail.
        do {
            const std::size_t used = out.size();
            out.resize(used + step);
            deflate_->next_out = reinterpret_cast<Bytef*>(out.data() + used);
            deflate_->avail_out = step;
            ::deflate(deflate_.get(), mode);
            out.resize(used + step - deflate_->avail_out);
        } while (deflate_->avail_out == 0);
    } while (!bytes.empty());
}

void ContentEncoder::brotli_all(std::string_view bytes, int operation, std::string& out) {
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    do {
        std::size_t room = 0;
        if (!::BrotliEncoderCompressStream(brotli_.get(),
                                           static_cast<BrotliEncoderOperation>(operation), &left,
                                           &next, &room, nullptr, nullptr))
            throw std::bad_alloc{};  // its one way to fail, used like this
        std::size_t size = 0;
        const std::uint8_t* made = ::BrotliEncoderTakeOutput(brotli_.get(), &size);
        out.append(reinterpret_cast<const char*>(made), size);
    } while (left > 0 || ::BrotliEncoderHasMoreOutput(brotli_.get()));
}

}  // namespace gyre::http::detail
