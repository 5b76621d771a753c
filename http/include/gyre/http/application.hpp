#pragma once

#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/http/middleware.hpp>
#include <gyre/http/routes.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class ApplicationImpl;
}

/// Routes with their middleware and error pages (Tornado's `Application`, Express's router). A
/// server has one; others are mounted into it, at a prefix of the path or for a host.
///
/// A reference: cheap to copy; copies are the same application. It belongs to no reactor, and may
/// be mounted in several places and servers of one thread. What is added while servers run holds
/// for the requests from then on. Whatever is wrong with a pattern or a name is told by `listen`.
class GYRE_API Application : public detail::RouteMethods<Application> {
public:
    Application();

    /// Runs `handler` for requests of this method and path, when their body is complete
    /// (`request.body()`). Segments of a pattern may be `{name}`, `{name:int}`, and at the end
    /// `{rest...}`; a literal goes before those. The method "*" stands for every one that has no
    /// route of its own there, except TRACE and CONNECT, which are always refused. GET answers HEAD
    /// too; OPTIONS is answered with the methods that there are. A handler that throws answers 500.
    AddedRoute route(std::string_view method, std::string_view pattern, RequestHandler handler);
    /// Runs `handler` as soon as the head of the request is there; it takes the body with
    /// `request.on_data` and `on_finish`. The body is unlimited unless the handler says otherwise
    /// with `request.set_max_body_size`.
    AddedRoute stream(std::string_view method, std::string_view pattern, RequestHandler handler);

    /// Answers everything beneath `prefix` ("/api", also with parameters) that has no route here
    /// with `application`, whose patterns begin behind the prefix. Its middleware runs after this
    /// one's. `request.path()` stays the whole path; parameters of the prefix come first.
    void mount(std::string_view prefix, Application application);
    /// Answers every request for this host with `application`: "example.com", or "*.example.com"
    /// for any name below that. Names are compared without their port and case.
    void host(std::string_view name, Application application);

    /// Runs `middleware` before the handlers of this application, also where no route matches;
    /// several run in the order in which they were added. Fields that it sets are dropped where an
    /// error page is sent in the end: what all responses shall have is set with `after`.
    void use(Middleware middleware);
    /// Runs `middleware` on the heads of this application's responses; the last one added runs
    /// first, and those of a mounted application before its parent's.
    void after(AfterMiddleware middleware);
    /// Makes the error pages of this application, and of those mounted into it that have none.
    void set_error_page(ErrorPageHandler handler);

    /// The path of the route that has this name, here or in a mounted application, with `arguments`
    /// for its parameters, in their order (Tornado's `reverse_url`). They are percent-encoded;
    /// slashes stay in those for a rest. Nothing if there is no such route, it has another number
    /// of parameters, or an argument does not match its parameter.
    std::optional<std::string> reverse_url(
        std::string_view name, std::initializer_list<std::string_view> arguments = {}) const;

private:
    friend class detail::ApplicationImpl;
    std::shared_ptr<detail::ApplicationImpl> impl_;
};

}  // namespace gyre::http
