#pragma once

#include "content_coding.hpp"

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;
struct BrotliEncoderStateStruct;

namespace gyre::http::detail {

/// Codes one stream of bytes, piece by piece; each call appends to `out` what it brings about. No
/// I/O. Throws nothing but bad_alloc.
class ContentEncoder {
public:
    /// `level` is 1 to 9 for gzip and deflate, 0 to 11 for brotli. `coding` is not identity.
    ContentEncoder(ContentCoding coding, int level);
    ContentEncoder(const ContentEncoder&) = delete;
    ContentEncoder& operator=(const ContentEncoder&) = delete;
    ~ContentEncoder();

    /// Takes the next bytes; what they come to may wait inside for more.
    void write(std::string_view bytes, std::string& out);
    /// After it, a decoder that has got everything so far gives back everything written so far.
    /// Costs a few bytes, and nothing if nothing was written since the last one.
    void flush(std::string& out);
    /// The end of the stream; no call may follow.
    void finish(std::string& out);

private:
    struct Deflate {
        void operator()(z_stream_s* stream) const noexcept;
    };
    struct Brotli {
        void operator()(BrotliEncoderStateStruct* state) const noexcept;
    };

    void deflate_all(std::string_view bytes, int mode, std::string& out);
    void brotli_all(std::string_view bytes, int operation, std::string& out);

    std::unique_ptr<z_stream_s, Deflate> deflate_;
    std::unique_ptr<BrotliEncoderStateStruct, Brotli> brotli_;
    bool flushed_ = true;
};

}  // namespace gyre::http::detail
