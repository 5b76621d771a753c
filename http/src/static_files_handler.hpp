#pragma once

#include "content_coding.hpp"
#include "static_path.hpp"
#include "static_root.hpp"
#include <gyre/http/static_files.hpp>

#include <string>
#include <string_view>

namespace gyre::http::detail {

/// What the copies of a `StaticFiles` share.
class StaticFilesHandler {
public:
    StaticFilesHandler(std::string folder, StaticFilesOptions options,
                       StaticRoot::Resolver resolver = StaticRoot::Resolver::system);

    Error check() const;
    void handle(const HTTPServerRequest& request, const HTTPServerResponse& response) const;

private:
    /// A file, perhaps in a coding that there is a neighbour for.
    struct Choice {
        File file;
        ContentCoding coding = ContentCoding::identity;
        bool varies = false;  ///< There is more than one to choose from.
    };

    void send_directory(const StaticRoot& root, const HTTPServerRequest& request,
                        const HTTPServerResponse& response, const StaticPath& path) const;
    void send_listing(const StaticRoot& root, const HTTPServerRequest& request,
                      const HTTPServerResponse& response, const std::string& name) const;
    void send(const StaticRoot& root, const HTTPServerRequest& request,
              const HTTPServerResponse& response, const std::string& name, File file) const;
    Choice choose(const StaticRoot& root, const HTTPServerRequest& request, const std::string& name,
                  File file) const;
    std::string_view type_of(std::string_view name) const;

    std::string folder_;  // opened again for each request: it may be replaced meanwhile
    StaticRoot::Resolver resolver_;
    StaticFilesOptions options_;
};

}  // namespace gyre::http::detail
