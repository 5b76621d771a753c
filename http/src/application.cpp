#include "application_impl.hpp"
#include "field_rules.hpp"
#include "percent.hpp"

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), &to_lower);
    return result;
}

// A host as names are compared: without its port and the dot of the root.
std::string_view name_of(std::string_view host) noexcept {
    const std::size_t bracket = host.find(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    host = host.substr(0, colon);
    if (host.ends_with('.')) host.remove_suffix(1);
    return host;
}

}  // namespace

void ApplicationImpl::refuse(std::string reason) {
    if (error_.empty()) error_ = std::move(reason);
}

AddedRoute ApplicationImpl::add(std::string_view method, std::string_view pattern, Route route) {
    const RouteAdded added = router_.add(method, pattern);
    if (!added) {
        refuse(added.error);
        return AddedRoute{nullptr};
    }
    Entry& entry = entries_.emplace_back();
    entry.route = std::make_unique<Route>(std::move(route));
    return AddedRoute{entry.route.get()};
}

bool ApplicationImpl::contains(const ApplicationImpl& other) const {
    if (this == &other) return true;
    const auto all = parts();
    return std::any_of(all.begin(), all.end(),
                       [&](const ApplicationImpl* part) { return part->contains(other); });
}

std::vector<const ApplicationImpl*> ApplicationImpl::parts() const {
    std::vector<const ApplicationImpl*> all;
    for (const Entry& entry : entries_)
        if (entry.application) all.push_back(entry.application.get());
    for (const auto& [name, application] : hosts_)
        all.push_back(application.get());
    return all;
}

void ApplicationImpl::mount(std::string_view prefix, std::shared_ptr<ApplicationImpl> application) {
    if (application->contains(*this)) return refuse("an application is mounted into itself");
    const RouteAdded added = router_.mount(prefix);
    if (!added) return refuse(added.error);
    entries_.emplace_back().application = std::move(application);
}

void ApplicationImpl::host(std::string_view name, std::shared_ptr<ApplicationImpl> application) {
    std::string key = lower(name.starts_with("*.") ? name.substr(1) : name);
    const std::string_view checked = key.starts_with('.') ? std::string_view{key}.substr(1) : key;
    if (!is_host(checked) || name_of(checked) != checked || checked.find('*') != std::string::npos)
        return refuse("\"" + std::string{name} + "\" is not the name of a host");
    if (application->contains(*this)) return refuse("an application is its own host");
    if (!hosts_.try_emplace(std::move(key), std::move(application)).second)
        refuse("the host \"" + std::string{name} + "\" is there already");
}

const ApplicationImpl* ApplicationImpl::for_host(std::string_view host) const {
    constexpr std::size_t longest_name = 255;
    const std::string name = lower(name_of(host));
    if (name.size() > longest_name) return nullptr;
    if (const auto found = hosts_.find(name); found != hosts_.end()) return found->second.get();
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
        if (const auto found = hosts_.find(std::string_view{name}.substr(dot));
            dot > 0 && found != hosts_.end())
            return found->second.get();
    return nullptr;
}

bool ApplicationImpl::knows_method(std::string_view method) const noexcept {
    return router_.knows_method(method);
}

std::string ApplicationImpl::all_methods() const {
    std::vector<std::string_view> methods;
    list_methods(methods);
    return allow_value(std::move(methods));
}

void ApplicationImpl::list_methods(std::vector<std::string_view>& methods) const {
    for (const std::string_view method : router_.methods())
        methods.push_back(method);
    for (const ApplicationImpl* part : parts())
        part->list_methods(methods);
}

std::optional<std::string> ApplicationImpl::reverse(
    std::string_view name, std::span<const std::string_view> arguments) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        if (entry.route && entry.route->name == name) return router_.build(i, arguments);
        if (!entry.application) continue;
        const std::size_t of_prefix = router_.parameters(i);
        if (arguments.size() < of_prefix) continue;
        auto rest = entry.application->reverse(name, arguments.subspan(of_prefix));
        if (!rest) continue;
        auto prefix = router_.build(i, arguments.first(of_prefix));
        if (prefix) return *prefix + *rest;
    }
    for (const auto& [host, application] : hosts_)
        if (auto path = application->reverse(name, arguments)) return path;
    return std::nullopt;
}

std::string ApplicationImpl::error() const {
    if (!error_.empty()) return error_;
    std::vector<std::string_view> names;
    for (const Entry& entry : entries_) {
        if (!entry.route) continue;
        if (entry.route->max_body_size == std::uint64_t{0}) return "a route takes no body at all";
        if (!entry.route->name.empty()) names.push_back(entry.route->name);
    }
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
        return "two routes have the name \"" + std::string{*twice} + "\"";
    for (const ApplicationImpl* part : parts())
        if (std::string reason = part->error(); !reason.empty()) return reason;
    return {};
}

}  // namespace gyre::http::detail

namespace gyre::http {

const AddedRoute& AddedRoute::name(std::string_view name) const {
    if (route_) route_->name = name;
    return *this;
}

const AddedRoute& AddedRoute::max_body_size(std::uint64_t bytes) const {
    if (route_) route_->max_body_size = bytes;
    return *this;
}

Application::Application() : impl_(std::make_shared<detail::ApplicationImpl>()) {}

AddedRoute Application::route(std::string_view method, std::string_view pattern,
                              RequestHandler handler) {
    return impl_->add(method, pattern, {.handler = std::move(handler), .streaming = false});
}

AddedRoute Application::stream(std::string_view method, std::string_view pattern,
                               RequestHandler handler) {
    return impl_->add(method, pattern, {.handler = std::move(handler), .streaming = true});
}

void Application::mount(std::string_view prefix, Application application) {
    impl_->mount(prefix, std::move(application.impl_));
}

void Application::host(std::string_view name, Application application) {
    impl_->host(name, std::move(application.impl_));
}

void Application::use(Middleware middleware) {
    if (middleware) impl_->middleware.push_back(std::move(middleware));
}

void Application::after(AfterMiddleware middleware) {
    if (middleware) impl_->after.push_back(std::move(middleware));
}

void Application::set_error_page(ErrorPageHandler handler) {
    std::swap(impl_->error_page, handler);
}

std::optional<std::string> Application::reverse_url(
    std::string_view name, std::initializer_list<std::string_view> arguments) const {
    return impl_->reverse(name, {arguments.begin(), arguments.size()});
}

}  // namespace gyre::http
