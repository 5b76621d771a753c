#include "accept.hpp"
#include "directory_listing.hpp"
#include "field_rules.hpp"
#include "percent.hpp"
#include "static_files_handler.hpp"
#include <gyre/error_access.hpp>
#include <gyre/http/mime_types.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

struct Neighbour {
    ContentCoding coding;
    std::string_view suffix;
};

// The first is the best where the client has no preference.
constexpr std::array<Neighbour, 2> neighbours{
    {{ContentCoding::brotli, ".br"}, {ContentCoding::gzip, ".gz"}}};

int status_of(int error_number) noexcept {
    switch (error_number) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
        case ELOOP:  // too many links, or one where none is followed
        case EXDEV:  // a link that leads out
        case ENXIO:  // a socket, or a device that is not there
            return 404;
        case EACCES:
        case EPERM:
            return 403;
        default:
            return 500;
    }
}

// The fields were checked with the options, so none is refused while the head is not out.
void set(const HTTPServerResponse& response, std::string_view name, std::string_view value) {
    response.set_header(name, value).ignore("checked with the options");
}

void refuse_method(const HTTPServerResponse& response) {
    response.set_status(405).ignore("a good status");
    set(response, "Allow", "GET, HEAD");
    response.finish("405: Method Not Allowed\n");
}

// The program may change its working folder later.
std::string absolute(std::string path) {
    std::error_code error;
    const std::filesystem::path full = std::filesystem::absolute(path, error);
    return error ? std::move(path) : full.string();
}

// The path begins with one slash only, so it cannot name another host.
void add_slash(const HTTPServerRequest& request, const HTTPServerResponse& response) {
    std::string location{request.path()};
    if (location.starts_with("//")) return response.send_error(404);
    location += '/';
    if (!request.query().empty()) location.append("?").append(request.query());
    response.redirect(location, 301);
}

}  // namespace

StaticFilesHandler::StaticFilesHandler(std::string folder, StaticFilesOptions options,
                                       StaticRoot::Resolver resolver)
    : folder_(absolute(std::move(folder))), resolver_(resolver), options_(std::move(options)) {}

Error StaticFilesHandler::check() const {
    if (!options_.index.empty() && !is_servable_name(options_.index, true))
        return {Errc::invalid_argument, "the index of StaticFiles is not the name of a file"};
    if (!is_field_value(options_.cache_control))
        return {Errc::invalid_argument, "a control byte in the Cache-Control of StaticFiles"};
    for (const auto& [extension, type] : options_.content_types)
        if (type.empty() || !is_field_value(type))
            return {Errc::invalid_argument, "not a content type of StaticFiles: ." + extension};
    if (options_.max_listing == 0)
        return {Errc::invalid_argument, "max_listing of StaticFiles is zero"};
    const int error_number = StaticRoot{folder_}.error();
    return error_number == 0 ? Error{} : gyre::detail::system_error(error_number, folder_);
}

void StaticFilesHandler::handle(const HTTPServerRequest& request,
                                const HTTPServerResponse& response) const {
    if (request.method() != "GET" && request.method() != "HEAD") return refuse_method(response);
    const auto path = parse_static_path(request.raw_path_rest(), options_.dotfiles);
    if (!path) return response.send_error(404);
    const StaticRoot root{folder_, resolver_};
    StaticEntry entry = root.open(path->name);
    if (entry.error != 0) return response.send_error(status_of(entry.error));
    if (entry.directory) return send_directory(root, request, response, *path);
    if (path->ends_open) return response.send_error(404);  // "a.txt/"
    send(root, request, response, path->name, std::move(entry.file));
}

void StaticFilesHandler::send_directory(const StaticRoot& root, const HTTPServerRequest& request,
                                        const HTTPServerResponse& response,
                                        const StaticPath& path) const {
    if (!request.path().ends_with('/')) return add_slash(request, response);
    const std::string name = path.name.empty() ? options_.index : path.name + '/' + options_.index;
    if (!options_.index.empty()) {
        StaticEntry entry = root.open(name);
        if (entry.file) return send(root, request, response, name, std::move(entry.file));
        if (entry.error != 0 && entry.error != ENOENT)
            return response.send_error(status_of(entry.error));
    }
    if (!options_.listing) return response.send_error(403);
    send_listing(root, request, response, path.name);
}

void StaticFilesHandler::send_listing(const StaticRoot& root, const HTTPServerRequest& request,
                                      const HTTPServerResponse& response,
                                      const std::string& name) const {
    const std::vector<ListedName> names = root.list(name, options_.dotfiles, options_.max_listing);
    const std::string title = percent_decode(request.path()).value_or(name);
    set(response, "Content-Type", "text/html; charset=utf-8");
    set(response, "Content-Security-Policy", "default-src 'none'");
    response.finish(directory_page(title, names, !name.empty()));
}

void StaticFilesHandler::send(const StaticRoot& root, const HTTPServerRequest& request,
                              const HTTPServerResponse& response, const std::string& name,
                              File file) const {
    const Choice choice = choose(root, request, name, std::move(file));
    const std::string type{type_of(name)};
    if (!is_field_value(type) || !is_field_value(options_.cache_control))
        return response.send_error(500);  // `check` tells why
    if (choice.varies) set(response, "Vary", "Accept-Encoding");
    if (choice.coding != ContentCoding::identity)
        set(response, "Content-Encoding", coding_name(choice.coding));
    if (!options_.cache_control.empty()) set(response, "Cache-Control", options_.cache_control);
    response.send_file(choice.file, {.content_type = type});
}

StaticFilesHandler::Choice StaticFilesHandler::choose(const StaticRoot& root,
                                                      const HTTPServerRequest& request,
                                                      const std::string& name, File file) const {
    Choice choice{.file = std::move(file)};
    if (!options_.precompressed) return choice;
    std::vector<ContentCoding> offered;
    std::vector<File> files;
    for (const Neighbour& neighbour : neighbours) {
        StaticEntry entry = root.open(name + std::string{neighbour.suffix});
        if (!entry.file) continue;
        offered.push_back(neighbour.coding);
        files.push_back(std::move(entry.file));
    }
    choice.varies = !offered.empty();
    if (!choice.varies) return choice;
    // Who refuses all there is gets the file as it is (RFC 9110 section 12.5.3).
    choice.coding = choose_coding(request.headers(), offered).value_or(ContentCoding::identity);
    const auto chosen = std::find(offered.begin(), offered.end(), choice.coding);
    if (chosen != offered.end())
        choice.file = files[static_cast<std::size_t>(std::distance(offered.begin(), chosen))];
    return choice;
}

std::string_view StaticFilesHandler::type_of(std::string_view name) const {
    const std::size_t dot = name.rfind('.');
    if (dot != std::string_view::npos && !options_.content_types.empty()) {
        std::string extension{name.substr(dot + 1)};
        std::transform(extension.begin(), extension.end(), extension.begin(), to_lower);
        const auto own = options_.content_types.find(extension);
        if (own != options_.content_types.end()) return own->second;
    }
    return content_type_for(name);
}

}  // namespace gyre::http::detail

namespace gyre::http {

StaticFiles::StaticFiles(std::string folder, StaticFilesOptions options)
    : handler_(std::make_shared<const detail::StaticFilesHandler>(std::move(folder),
                                                                  std::move(options))) {}

Error StaticFiles::check() const { return handler_->check(); }

void StaticFiles::operator()(const HTTPServerRequest& request,
                             const HTTPServerResponse& response) const {
    handler_->handle(request, response);
}

}  // namespace gyre::http
