#pragma once

#include "router.hpp"
#include <gyre/http/application.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gyre::http::detail {

/// A handler and how it takes its requests.
struct Route {
    RequestHandler handler;
    bool streaming = false;  ///< Called at the head, not when the body is complete.
    std::optional<std::uint64_t> max_body_size{};
    std::string name{};
};

/// What an `Application` refers to. A route, a name or a mount that is refused leaves its reason
/// for `listen` to tell.
class ApplicationImpl {
public:
    static const std::shared_ptr<ApplicationImpl>& of(const Application& application) noexcept {
        return application.impl_;
    }

    AddedRoute add(std::string_view method, std::string_view pattern, Route route);
    void mount(std::string_view prefix, std::shared_ptr<ApplicationImpl> application);
    void host(std::string_view name, std::shared_ptr<ApplicationImpl> application);
    std::optional<std::string> reverse(std::string_view name,
                                       std::span<const std::string_view> arguments) const;
    /// The first thing that is wrong with it or with what is mounted into it; empty if nothing.
    std::string error() const;

    // For requests.
    RouteMatch match(std::string_view method, std::string_view path) const {
        return router_.match(method, path);
    }
    const Route& route(std::size_t index) const noexcept { return *entries_[index].route; }
    const ApplicationImpl& mounted(std::size_t index) const noexcept {
        return *entries_[index].application;
    }
    bool has_hosts() const noexcept { return !hosts_.empty(); }
    /// The application for this host; null if that is this one.
    const ApplicationImpl* for_host(std::string_view host) const;
    /// Whether a route names this method.
    bool knows_method(std::string_view method) const noexcept;
    /// All methods of its routes, as an Allow field has them.
    std::string all_methods() const;

    std::vector<Middleware> middleware;
    std::vector<AfterMiddleware> after;
    ErrorPageHandler error_page;

private:
    /// What an index of the router stands for: a route, or a mounted application.
    struct Entry {
        std::unique_ptr<Route> route;
        std::shared_ptr<ApplicationImpl> application;
    };

    struct TextHash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Hosts = std::unordered_map<std::string, std::shared_ptr<ApplicationImpl>, TextHash,
                                     std::equal_to<>>;

    void refuse(std::string reason);
    bool contains(const ApplicationImpl& other) const;
    std::vector<const ApplicationImpl*> parts() const;
    void list_methods(std::vector<std::string_view>& methods) const;

    Router router_;
    std::vector<Entry> entries_;
    Hosts hosts_;  // by the name as given, in lower case; "*.example.com" as ".example.com"
    std::string error_;
};

}  // namespace gyre::http::detail
