#include "content_decoder.hpp"

#include <brotli/decode.h>

#include <algorithm>
#include <new>

#include <zlib.h>

namespace gyre::http::detail {
namespace {

constexpr std::uint64_t free_of_ratio = 64 * 1024;
constexpr std::uint64_t most_ratio = 100;

constexpr int gzip_format = MAX_WBITS + 16;  // zlib's sign for it, on top of the window's bits
constexpr int zlib_format = MAX_WBITS;
constexpr int bare_deflate = -MAX_WBITS;
constexpr char gzip_first_byte = 0x1f;

// CMF and FLG of RFC 1950 section 2.2. No bare deflate stream in use begins so: its first block
// would be a stored one with a bit set in the padding.
bool is_zlib_header(char first, char second) noexcept {
    const unsigned cmf = static_cast<unsigned char>(first);
    const unsigned flg = static_cast<unsigned char>(second);
    return (cmf & 0x0fU) == Z_DEFLATED && (cmf >> 4U) <= 7 && (cmf * 256 + flg) % 31 == 0;
}

bool out_of_memory(BrotliDecoderErrorCode code) noexcept {
    return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
           code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

}  // namespace

std::string_view describe(DecodeError error) noexcept {
    switch (error) {
        case DecodeError::truncated:
            return "the coded body ends too early";
        case DecodeError::trailing_data:
            return "something follows the end of the coded body";
        case DecodeError::bad_data:
            return "the body is not of its content coding";
        case DecodeError::too_large:
            return "the decoded body is too large";
        case DecodeError::ratio_exceeded:
            return "the body decodes to more than 100 times its size";
        case DecodeError::none:
            break;
    }
    return "no error";
}

void ContentDecoder::Inflate::operator()(z_stream_s* stream) const noexcept {
    ::inflateEnd(stream);
    delete stream;
}

void ContentDecoder::Brotli::operator()(BrotliDecoderStateStruct* state) const noexcept {
    ::BrotliDecoderDestroyInstance(state);
}

ContentDecoder::ContentDecoder(ContentCoding coding, std::uint64_t max_output)
    : piece_(piece_size), max_output_(max_output), coding_(coding) {
    if (coding != ContentCoding::brotli) return;
    brotli_.reset(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!brotli_) throw std::bad_alloc{};
}

ContentDecoder::~ContentDecoder() = default;

DecodeStep ContentDecoder::decode(std::string_view bytes) {
    produced_ = 0;
    check_limits();
    std::size_t consumed = 0;
    if (error_ == DecodeError::none)
        consumed = coding_ == ContentCoding::brotli ? brotli_some(bytes) : inflate_some(bytes);
    taken_ += consumed;
    given_out_ += produced_;
    check_limits();
    if (error_ != DecodeError::none) return {DecodeStep::Event::error, consumed, {}};
    if (produced_ == 0) return {DecodeStep::Event::need_more, consumed, {}};
    return {DecodeStep::Event::data, consumed, {piece_.data(), produced_}};
}

DecodeError ContentDecoder::finish() noexcept {
    if (state_ != State::ended && (state_ == State::inside || taken_ > 0))
        refuse(DecodeError::truncated);
    return error_;
}

void ContentDecoder::check_limits() noexcept {
    if (given_out_ > max_output_)
        refuse(DecodeError::too_large);
    else if (given_out_ > free_of_ratio && given_out_ > taken_ * most_ratio)
        refuse(DecodeError::ratio_exceeded);
}

// The first reason counts.
void ContentDecoder::refuse(DecodeError error) noexcept {
    if (error_ == DecodeError::none) error_ = error;
}

void ContentDecoder::begin_inflate(int window_bits) {
    auto stream = std::make_unique<z_stream>();
    if (::inflateInit2(stream.get(), window_bits) != Z_OK) throw std::bad_alloc{};
    inflate_.reset(stream.release());
    state_ = State::inside;
}

// Until the piece is full, the bytes are used up or they turn out to be wrong.
std::size_t ContentDecoder::inflate_some(std::string_view bytes) {
    std::size_t consumed = 0;
    if (state_ == State::start && !bytes.empty()) {
        if (coding_ == ContentCoding::gzip)
            begin_inflate(gzip_format);
        else
            consumed = sniff_deflate(bytes);
    }
    while (state_ != State::start && error_ == DecodeError::none && produced_ < piece_.size()) {
        const std::string_view rest = bytes.substr(consumed);
        if (state_ == State::inside) {
            consumed += inflate_from(rest);
            if (state_ == State::inside) break;
            continue;
        }
        if (rest.empty()) break;
        // RFC 1952 section 2.2: a gzip file is a series of members.
        if (coding_ != ContentCoding::gzip || rest.front() != gzip_first_byte)
            refuse(DecodeError::trailing_data);
        else
            ::inflateReset(inflate_.get());
        state_ = State::inside;
    }
    return consumed;
}

// Finds the format out once there are two bytes; tells how many it took.
std::size_t ContentDecoder::sniff_deflate(std::string_view bytes) {
    if (!has_first_byte_ && bytes.size() == 1) {
        has_first_byte_ = true;
        first_byte_ = bytes.front();
        return 1;
    }
    const char first = has_first_byte_ ? first_byte_ : bytes[0];
    const char second = has_first_byte_ ? bytes[0] : bytes[1];
    begin_inflate(is_zlib_header(first, second) ? zlib_format : bare_deflate);
    if (has_first_byte_) inflate_from({&first_byte_, 1});
    return 0;
}

std::size_t ContentDecoder::inflate_from(std::string_view bytes) {
    constexpr std::size_t most = 1024 * 1024 * 1024;  // more than a piece can come from
    const auto given = static_cast<uInt>(std::min(bytes.size(), most));
    const auto room = static_cast<uInt>(piece_.size() - produced_);
    inflate_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    inflate_->avail_in = given;
    inflate_->next_out = reinterpret_cast<Bytef*>(piece_.data() + produced_);
    inflate_->avail_out = room;
    switch (::inflate(inflate_.get(), Z_NO_FLUSH)) {
        case Z_OK:
        case Z_BUF_ERROR:  // it can do nothing without more bytes or more room
            break;
        case Z_STREAM_END:
            state_ = State::ended;
            break;
        case Z_MEM_ERROR:
            throw std::bad_alloc{};
        default:  // also Z_NEED_DICT, as there is no dictionary to be had
            refuse(DecodeError::bad_data);
            break;
    }
    produced_ += room - inflate_->avail_out;
    return given - inflate_->avail_in;
}

std::size_t ContentDecoder::brotli_some(std::string_view bytes) {
    if (state_ == State::ended) {
        if (!bytes.empty()) refuse(DecodeError::trailing_data);
        return 0;
    }
    if (bytes.empty() && state_ == State::start) return 0;
    state_ = State::inside;
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(piece_.data());
    std::size_t left = bytes.size();
    std::size_t room = piece_.size();
    const BrotliDecoderResult result =
        ::BrotliDecoderDecompressStream(brotli_.get(), &left, &next_in, &room, &next_out, nullptr);
    produced_ = piece_.size() - room;
    if (result == BROTLI_DECODER_RESULT_SUCCESS) {
        state_ = State::ended;
        if (left > 0 && produced_ == 0) refuse(DecodeError::trailing_data);
    } else if (result == BROTLI_DECODER_RESULT_ERROR) {
        if (out_of_memory(::BrotliDecoderGetErrorCode(brotli_.get()))) throw std::bad_alloc{};
        refuse(DecodeError::bad_data);
    }
    return bytes.size() - left;
}

}  // namespace gyre::http::detail
