#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/http_server_request.hpp>
#include <gyre/http/http_server_response.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace gyre::http {

namespace detail {
class StaticFilesHandler;
}

/// What of a folder `StaticFiles` serves, and how.
struct StaticFilesOptions {
    /// The file that a folder is answered with; empty: none.
    std::string index = "index.html";
    /// Serve what begins with a dot (never "." and "..").
    bool dotfiles = false;
    /// Answer a folder without an index with a page of links to what is in it, instead of 403.
    bool listing = false;
    std::size_t max_listing = 10'000;  ///< Names on such a page.
    /// Send NAME.br or NAME.gz in place of NAME where there is one and Accept-Encoding prefers it.
    bool precompressed = true;
    std::string cache_control{};  ///< The Cache-Control field, "max-age=3600"; empty: none.
    /// By extension in lower case, without its dot; goes before `content_type_for`.
    std::map<std::string, std::string, std::less<>> content_types{};
};

/// A handler that serves the files of a folder (Tornado's `StaticFileHandler`):
///
///     server.get("/static/{path...}", StaticFiles{"/var/www", {.cache_control = "max-age=60"}});
///
/// The route's last argument is the path beneath the folder; a route without one names the file
/// itself. Answers GET and HEAD with ETag, Last-Modified, ranges and conditional requests as
/// `send_file` does; 405 for other methods.
///
/// Nothing outside of the folder can be reached. The path is split, then decoded once. Not found
/// (404) is what has "..", an empty segment, an encoded slash, a backslash, a control byte or
/// anything but UTF-8 in it, begins with a dot, is neither a regular file nor a folder, or is
/// reached by a symbolic link that leads out of the folder or is absolute. The system sees to the
/// links (openat2); where it cannot (before Linux 5.6, some sandboxes), none is followed. A folder
/// without its slash is redirected (301) with its query.
///
/// The folder is opened for each request, so it may be a link that is changed to another one. Disk
/// and directory are waited for, on the reactor's thread. Each response in flight holds a
/// descriptor: leave room for them with `HTTPServerOptions::max_connections`.
///
/// Copies share what they serve; they may be used on several reactors at once.
class GYRE_API StaticFiles {
public:
    explicit StaticFiles(std::string folder, StaticFilesOptions options = {});

    /// Why the folder cannot be opened or the options cannot be used, if that is so; requests are
    /// answered 404 or 500 then.
    Error check() const;

    void operator()(const HTTPServerRequest& request, const HTTPServerResponse& response) const;

private:
    std::shared_ptr<const detail::StaticFilesHandler> handler_;
};

}  // namespace gyre::http
