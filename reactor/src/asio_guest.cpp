#include "asio_guest.hpp"

#include "error_mapping.hpp"
#include "reactor_core.hpp"
#include <gyre/asio.hpp>
#include <gyre/dispatch.hpp>

#include <boost/asio/error.hpp>

#include <cstring>
#include <source_location>
#include <utility>

namespace gyre {
namespace detail {

AsioGuest::AsioGuest(int poller_descriptor) : poller_(context_, poller_descriptor) {}

AsioGuest::~AsioGuest() { poller_.release(); }  // the descriptor is the poller's

void AsioGuest::watch() {
    if (std::exchange(watching_, true)) return;
    poller_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code&) { watching_ = false; });
}

// The handler of `watch` is one of those that run, and no work of the program's.
template <class Run>
std::size_t AsioGuest::guarded(Run run) noexcept {
    if (context_.stopped()) context_.restart();
    const bool before = watching_;
    const Origin origin{std::source_location::current()};
    DispatchScope scope{origin};
    std::size_t count = 0;
    try {
        count = run();
    } catch (...) {
        scope.report_exception();
        count = 1;
    }
    if (before && !watching_ && count > 0) --count;
    ran_ += count;
    return count;
}

bool AsioGuest::has_work() {
    // An io_context does not tell what waits in it, but it stops when nothing does. So the guest
    // takes its own away for a moment.
    if (watching_) poller_.cancel();
    while (watching_)
        guarded([this] { return context_.poll_one(); });
    const std::size_t count = guarded([this] { return context_.poll_one(); });
    return count > 0 || !context_.stopped();
}

void AsioGuest::wait(Duration timeout) {
    watch();
    guarded([this, timeout] {
        return timeout < Duration::zero() ? context_.run_one() : context_.run_one_for(timeout);
    });
}

bool AsioGuest::run_ready() {
    return guarded([this] { return context_.poll_one(); }) > 0;
}

namespace {

Errc kind_of(const boost::system::error_code& code) noexcept {
    namespace error = boost::asio::error;
    if (code == error::eof) return Errc::end_of_stream;
    if (code == error::already_open) return Errc::already_in_progress;
    if (code == error::not_found) return Errc::delimiter_not_found;
    if (code == error::host_not_found || code == error::no_data) return Errc::host_not_found;
    if (code == error::host_not_found_try_again || code == error::no_recovery)
        return Errc::resolver_failed;
    if (code == error::service_not_found || code == error::socket_type_not_supported)
        return Errc::not_supported;
    if (std::strcmp(code.category().name(), "asio.ssl") == 0) return Errc::tls_failed;
    if (std::strcmp(code.category().name(), "asio.ssl.stream") == 0) return Errc::truncated;
    return Errc::system;
}

}  // namespace
}  // namespace detail

boost::asio::io_context& asio_context(Reactor& reactor) {
    return detail::ReactorCore::of(reactor).asio_guest().context();
}

Error asio_error(const boost::system::error_code& code, std::source_location place) {
    if (!code) return {};
    if (code == boost::asio::error::operation_aborted)
        return detail::canceled_by_user(code.message(), place);
    if (code.category() == boost::system::system_category() ||
        code.category() == boost::system::generic_category())
        return detail::system_error(code.value(), "asio", place);
    return detail::ErrorAccess::make(detail::kind_of(code), code.value(), "asio",
                                     "asio: " + code.message(), place);
}

}  // namespace gyre
