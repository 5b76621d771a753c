#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/handler.hpp>
#include <gyre/http/form.hpp>
#include <gyre/http/headers.hpp>
#include <gyre/http/http_server_request.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class MultipartCore;
class MultipartPartState;
}  // namespace detail

/// Limits of a multipart/form-data body, in bytes and numbers. Zero is refused with
/// `invalid_argument`; "no limit" is spelled `gyre::unlimited`. The body as a whole has the limit
/// that `request.set_max_body_size` sets.
struct MultipartOptions {
    std::size_t max_parts = 100;                          ///< Files and fields. Over it: 400.
    std::size_t max_files = 100;                          ///< Parts with a filename: 400.
    std::size_t max_part_head = 8 * 1024;                 ///< The headers of a part: 400.
    std::uint64_t max_field_size = 1024 * 1024;           ///< A part without a filename: 413.
    std::uint64_t max_part_size = 1024ULL * 1024 * 1024;  ///< A part with one: 413.
};

/// A file that `MultipartPart::save_to` or `save_as` has written.
struct SavedFile {
    std::string path{};
    std::uint64_t size = 0;
};

/// One part of a form that is being received: a field, or a file.
///
/// A reference: cheap to copy, to be captured by value. Its views stay valid as long as any
/// reference to it lives. Its callbacks are to be set inside `MultipartReader::on_part`, or while
/// the reader is paused: nothing waits for them. A part that nobody takes is skipped.
class GYRE_API MultipartPart {
public:
    MultipartPart() noexcept = default;
    explicit MultipartPart(std::shared_ptr<detail::MultipartPartState> state) noexcept
        : state_(std::move(state)) {}

    /// The field's name, as bytes: %22, %0D, %0A, \" and \\ are undone, as browsers and curl write
    /// them, so it may hold line breaks.
    std::string_view name() const noexcept;
    /// Whether the part has a filename, also an empty one (a file not chosen).
    bool is_file() const noexcept;
    /// What the client calls the file; as `name`. Not a path: it may hold "../" and anything else.
    std::string_view filename() const noexcept;
    /// What the client says; empty if nothing, which means text/plain (RFC 7578 section 4.4).
    std::string_view content_type() const noexcept;
    HTTPHeadersView headers() const noexcept;

    /// Gets each piece of the data as it arrives; a piece is valid during the call. May be combined
    /// with `read`, `save_to` and `save_as`.
    void on_data(Handler<void(std::string_view)> handler) const;
    /// Called once, behind the last piece, or with the error that ends the reader; before the
    /// reader's own `on_finish`. Setting another one replaces it. `closed` if the part has ended.
    void on_finish(Callback<void(Error)> callback) const;
    /// Collects the data, at most `max_field_size` bytes. Errors: as `on_finish`, and
    /// `already_in_progress` the second time.
    void read(Callback<void(Error, std::string)> callback) const;
    /// Writes the data to a new file in `directory`. Its name is the system's random numbers; the
    /// client has no say in it. `callback` is called when the file is complete and closed (not
    /// synced to the disk), before the next part and before the reader's `on_finish`.
    ///
    /// Files are written by the reactor's executor, so a slow disk does not hold the loop, and one
    /// piece of 64 KB after the other: meanwhile the request is paused, so memory stays bounded.
    /// The file is made with O_EXCL, O_NOFOLLOW and mode 0600.
    ///
    /// An error also ends the reader, with the same error, and the partial file is removed: those
    /// of the system (`permission_denied`, `out_of_descriptors`, else `system` with the errno as
    /// `code()`), of `run_in_executor`, of `on_finish`; `already_in_progress` for a second file,
    /// which changes nothing. A file that was complete before stays.
    void save_to(std::string directory, Callback<void(Error, SavedFile)> callback) const;
    /// The same to this very path, which must not exist yet: build it from nothing that a client
    /// sends.
    void save_as(std::string path, Callback<void(Error, SavedFile)> callback) const;

private:
    std::shared_ptr<detail::MultipartPartState> state_;
};

/// Takes a multipart/form-data body apart as it arrives (RFC 7578), for streaming handlers
/// (Tornado's `stream_request_body`, Twisted's and Node's busboy).
///
///     server.stream("POST", "/upload", [](HTTPServerRequest request, HTTPServerResponse response)
///     {
///         MultipartReader reader{request};
///         reader.on_part([](MultipartPart part) {
///             if (part.is_file()) part.save_to("/var/uploads", on_saved);
///         });
///         reader.on_finish([response](Error error) {
///             error ? response.send_error(form_status(error)) : response.finish("thanks");
///         });
///     });
///
/// A reference: cheap to copy; the request keeps the reader going, also when no reference to it is
/// left. It takes over the request's `on_data`, `on_finish`, `pause` and `resume`. Use on the
/// reactor's thread; copying and destroying is allowed on any.
///
/// What is refused, although some read it: a part without `Content-Disposition: form-data` and a
/// name, `filename*` without a `filename` (RFC 7578 section 4.2), a Content-Transfer-Encoding,
/// lines that do not end with CRLF, a boundary that is not a line of its own, and a body without
/// the last boundary.
class GYRE_API MultipartReader {
public:
    MultipartReader() noexcept = default;
    explicit MultipartReader(const HTTPServerRequest& request, MultipartOptions options = {});

    /// Gets each part when its head is there. Until `on_part` or `on_finish` is set, reading waits.
    void on_part(Handler<void(MultipartPart)> handler) const;
    /// Called once, last, when the whole form is there and each file saved, or with an error:
    /// `not_supported` (the Content-Type is another one), `protocol_error`, `truncated`,
    /// `limit_exceeded`, `invalid_argument` (the options), those of `save_to` and of
    /// `HTTPServerRequest::on_finish`. Setting another one replaces it. `form_status` tells the
    /// status to answer with. After an error no more of the body is read until the response is
    /// finished. Without a callback, an error is answered with that status.
    void on_finish(Callback<void(Error)> callback) const;
    /// No more parts and pieces until `resume`; the client is held back.
    void pause() const;
    void resume() const;

private:
    std::shared_ptr<detail::MultipartCore> core_;
};

}  // namespace gyre::http
