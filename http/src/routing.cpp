#include "routing.hpp"

#include "exchange.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>
#include <utility>

namespace gyre::http::detail {
namespace {

// RFC 9110 section 9.3 and RFC 5789; another one is not implemented unless a route names it.
bool is_standard(std::string_view method) noexcept {
    static constexpr std::array<std::string_view, 9> standard{
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"};
    return std::find(standard.begin(), standard.end(), method) != standard.end();
}

}  // namespace

void Routing::clear() noexcept {
    route_ = nullptr;
    status_ = 404;
    arguments_.clear();
    allow_.clear();
    applications_.clear();
}

void Routing::detach() noexcept {
    route_ = nullptr;
    applications_.clear();
    for (RouteArgument& argument : arguments_)
        argument.name = {};
}

void Routing::find(const ApplicationImpl& root, const Exchange& request) {
    const std::string_view method = request.head.method;
    std::string_view path = request.path();
    const ApplicationImpl* application = &root;
    applications_.push_back(application);
    for (;;) {
        const ApplicationImpl* other =
            application->has_hosts() ? application->for_host(request.host()) : nullptr;
        if (other) {
            applications_.push_back(application = other);
            continue;
        }
        RouteMatch match = application->match(method, path);
        take(match);
        if (match.status == MatchStatus::matched) {
            route_ = &application->route(match.index);
            return;
        }
        if (match.status != MatchStatus::mounted) return miss(*application, match.status, method);
        path = match.rest;
        applications_.push_back(application = &application->mounted(match.index));
    }
}

void Routing::take(RouteMatch& match) {
    if (arguments_.empty())
        arguments_.swap(match.arguments);
    else
        std::move(match.arguments.begin(), match.arguments.end(), std::back_inserter(arguments_));
    allow_.swap(match.allow);
}

void Routing::miss(const ApplicationImpl& application, MatchStatus status,
                   std::string_view method) {
    const bool on_no_path = status == MatchStatus::no_path;
    if (on_no_path) allow_ = application.all_methods();
    if (status == MatchStatus::bad_request)
        status_ = 400;
    else if (!is_standard(method) && !application.knows_method(method))
        status_ = 501;
    else if (status == MatchStatus::not_found)
        status_ = 404;
    else
        status_ = method == "OPTIONS" ? 200 : 405;
}

const Middleware* Routing::middleware(std::size_t step) const noexcept {
    for (const ApplicationImpl* application : applications_) {
        if (step < application->middleware.size()) return &application->middleware[step];
        step -= application->middleware.size();
    }
    return nullptr;
}

const AfterMiddleware* Routing::after(std::size_t step) const noexcept {
    for (const ApplicationImpl* application : std::views::reverse(applications_)) {
        const std::vector<AfterMiddleware>& all = application->after;
        if (step < all.size()) return &all[all.size() - 1 - step];
        step -= all.size();
    }
    return nullptr;
}

ErrorPageHandler Routing::error_page() const {
    for (const ApplicationImpl* application : std::views::reverse(applications_))
        if (application->error_page) return application->error_page;
    return {};
}

}  // namespace gyre::http::detail
