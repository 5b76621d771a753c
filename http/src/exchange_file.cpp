#include "byte_range.hpp"
#include "exchange.hpp"
#include "file_validators.hpp"
#include "server_connection.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/mime_types.hpp>
#include <gyre/random.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Files as the body of a response.
namespace gyre::http::detail {
namespace {

using gyre::detail::ErrorAccess;
using gyre::detail::FileRange;
using DoneCallback = Callback<void(Error)>;

// What the client is told of a file that cannot be opened.
int status_of(const Error& error) noexcept {
    const Errc kind = ErrorAccess::kind(error);
    if (kind == Errc::permission_denied) return 403;
    if (kind == Errc::invalid_argument) return 404;  // not a regular file
    const int number = kind == Errc::system ? error.code() : 0;
    return number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG ? 404
                                                                                              : 500;
}

std::string random_boundary(gyre::Random& random) {
    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    std::string boundary;
    for (const std::byte byte : bytes) {
        boundary += "0123456789abcdef"[std::to_integer<unsigned>(byte >> 4)];
        boundary += "0123456789abcdef"[std::to_integer<unsigned>(byte & std::byte{15})];
    }
    return boundary;
}

FileRange part_of(const FileRange& whole, const ByteRange& range) {
    return {whole.file, whole.offset + range.first, range.length};
}

// A small file goes out together with the head, which saves a packet and several system calls.
// Should it have got shorter, whoever sends the range will say so.
void append(gyre::detail::OutputQueue& queue, const FileRange& range) {
    constexpr std::uint64_t worth_a_call = 16 * 1024;
    if (range.length <= worth_a_call)
        if (std::optional<std::string> bytes = range.read()) return queue.append(std::move(*bytes));
    queue.append(range);
}

}  // namespace

// An error page is made by the user's code, which may let go of this.
void Exchange::send_file(const std::string& path, SendFileOptions options, DoneCallback callback) {
    const ExchangeRef self{*this};
    if (!is_open()) return tell(std::move(callback), {Errc::closed, "the response has ended"});
    FileResult opened = File::open(path);
    if (ErrorAccess::failed(opened.error)) {
        const int status = status_of(opened.error);
        if (status == 500)
            fail(opened.error);
        else
            give_up(status);
        return tell(std::move(callback), std::move(opened.error));
    }
    if (options.content_type.empty()) options.content_type = content_type_for(path);
    send_file(opened.file, options, std::move(callback));
}

void Exchange::send_file(const File& file, const SendFileOptions& options, DoneCallback callback) {
    const ExchangeRef self{*this};
    if (!is_open()) return tell(std::move(callback), {Errc::closed, "the response has ended"});
    const auto part = FileRange::of(file, options.offset, options.length);
    if (!part) {
        Error error{Errc::invalid_argument, "send_file: no such part of a file"};
        fail(error);
        return tell(std::move(callback), std::move(error));
    }
    bool whole = true;
    if (!response_begun()) {
        HTTPHeaders& headers = writer_.headers();
        if (!options.content_type.empty() && !headers.contains("Content-Type"))
            if (const Error error = set_header("Content-Type", options.content_type, true)) {
                fail(error);
                return tell(std::move(callback), error);
            }
        const bool reads = head.method == "GET" || head.method == "HEAD";
        // Behind what was written before, it is but a part of the representation.
        const bool alone = writer_.body().empty();
        if (options.conditional && reads && alone && writer_.status() == 200)
            whole = prepare_conditional(*part);
    }
    if (whole) append(writer_.body(), *part);
    writer_.body().when_sent(guarded(std::move(callback)));
    encode(true, {});
}

// False: what is sent is not the whole part, and has been written.
bool Exchange::prepare_conditional(const FileRange& part) {
    HTTPHeaders& headers = writer_.headers();
    if (!headers.contains("Accept-Ranges")) headers.set("Accept-Ranges", "bytes");
    Validators validators{.last_modified = last_modified(part.file)};
    validators.etag =
        headers.contains("ETag") ? ETag::parse(headers.get("ETag", {})) : etag_of(part);
    if (prepare_unmodified(validators)) return false;
    const HTTPHeadersView fields{head.fields};
    const std::vector<std::string_view> ranges = fields.get_list("Range");
    // RFC 9110 section 14.2: for GET only.
    if (ranges.size() != 1 || head.method != "GET") return true;
    const auto now = std::chrono::floor<std::chrono::seconds>(part.file.opened());
    if (!range_may_be_used(fields, validators, now)) return true;
    const RangeRequest request = parse_range(ranges.front(), part.length);
    if (request.kind == RangeRequest::Kind::unsatisfiable) {
        headers.set("Content-Range", unsatisfied_range(part.length));
        prepare_status(416);
    } else if (request.kind == RangeRequest::Kind::partial) {
        write_ranges(part, request.ranges);
    }
    return request.kind == RangeRequest::Kind::whole;
}

void Exchange::write_ranges(const FileRange& part, const std::vector<ByteRange>& ranges) {
    HTTPHeaders& headers = writer_.headers();
    writer_.set_status(206, {});
    headers.erase("Content-Length");  // the handler's, of the whole
    if (ranges.size() == 1) {
        headers.set("Content-Range", content_range(ranges[0], part.length));
        append(writer_.body(), part_of(part, ranges[0]));
        return;
    }
    const std::string boundary = random_boundary(reactor_.random());
    const std::string type{headers.get("Content-Type", {})};
    for (const ByteRange& range : ranges) {
        writer_.body().append(part_head(boundary, type, range, part.length));
        append(writer_.body(), part_of(part, range));
    }
    writer_.body().append(last_part_end(boundary));
    headers.set("Content-Type", "multipart/byteranges; boundary=" + boundary);
}

}  // namespace gyre::http::detail
