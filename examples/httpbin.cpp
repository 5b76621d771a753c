// httpbin: answers what it is asked, in every way there is: the paths of httpbin.org.
#include "httpbin/routes.hpp"
#include "support/command_line.hpp"
#include "support/serve.hpp"
#include <gyre/http/access_log.hpp>

namespace {

void add_routes(gyre::Reactor& reactor, gyre::http::HTTPServer& server, bool access_log) {
    if (access_log) server.set_access_log(gyre::http::access_log_to_stderr());
    const httpbin::Site site{reactor, server};
    for (const auto add :
         {&httpbin::add_index_routes, &httpbin::add_method_routes, &httpbin::add_inspection_routes,
          &httpbin::add_status_routes, &httpbin::add_redirect_routes, &httpbin::add_cookie_routes,
          &httpbin::add_auth_routes, &httpbin::add_digest_routes, &httpbin::add_stream_routes,
          &httpbin::add_bytes_routes, &httpbin::add_range_routes, &httpbin::add_compressed_routes,
          &httpbin::add_sample_routes, &httpbin::add_image_routes, &httpbin::add_link_routes,
          &httpbin::add_value_routes, &httpbin::add_cache_routes, &httpbin::add_event_routes,
          &httpbin::add_upload_routes})
        add(site);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Serves the paths of httpbin.org; / lists them."};
    example::ServerOptions options;
    example::add_server_options(app, options);
    example::add_thread_option(app, options);
    example::add_tls_options(app, options);
    example::add_client_ca_option(app, options);
    bool access_log = false;
    app.add_flag("--access-log", access_log, "Write a line on stderr for each request");
    if (const auto status = example::parse(app, argc, argv)) return *status;
    return example::serve_on_threads(
        options, [access_log](gyre::Reactor& reactor, gyre::http::HTTPServer& server) {
            add_routes(reactor, server, access_log);
        });
}
