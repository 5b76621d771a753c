#include "error_mapping.hpp"

#include "host_name.hpp"
#include <gyre/error_access.hpp>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include <ares.h>

namespace gyre::detail {
namespace {

Errc kind_of(int error_number) noexcept {
    switch (error_number) {
        case ECANCELED:
            return Errc::canceled;
        case EINVAL:
            return Errc::invalid_argument;
        case EAFNOSUPPORT:
        case EPROTONOSUPPORT:
        case EOPNOTSUPP:
            return Errc::not_supported;
        case ECONNRESET:
            return Errc::connection_reset;
        case ECONNREFUSED:
            return Errc::connection_refused;
        case ECONNABORTED:
            return Errc::connection_aborted;
        case EPIPE:
            return Errc::broken_pipe;
        case EHOSTUNREACH:
        case ENETUNREACH:
        case ENETDOWN:
        case EHOSTDOWN:
            return Errc::host_unreachable;
        case EADDRINUSE:
            return Errc::address_in_use;
        case EADDRNOTAVAIL:
            return Errc::address_not_available;
        case EACCES:
        case EPERM:
            return Errc::permission_denied;
        case EMFILE:
        case ENFILE:
            return Errc::out_of_descriptors;
        case ENOMEM:
        case ENOBUFS:
            return Errc::out_of_memory;
        case EAGAIN:
            return Errc::queue_full;  // connect(2): a Unix socket's backlog
        case ETIMEDOUT:
            return Errc::timed_out;
        case EMSGSIZE:
            return Errc::limit_exceeded;  // send(2): more than a datagram can have
        default:
            return Errc::system;
    }
}

Errc kind_of_ares(int status) noexcept {
    switch (status) {
        case ARES_ENODATA:
        case ARES_ENOTFOUND:
        case ARES_ENONAME:
            return Errc::host_not_found;
        case ARES_EBADNAME:
            return Errc::invalid_argument;
        case ARES_ETIMEOUT:
            return Errc::timed_out;
        case ARES_ENOMEM:
            return Errc::out_of_memory;
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION:
            return Errc::canceled;
        default:
            return Errc::resolver_failed;
    }
}

}  // namespace

Error system_error(int error_number, std::string_view what, std::source_location place) {
    char buffer[128];
    // The GNU form returns the text, which may lie outside the buffer.
    const char* text = ::strerror_r(error_number, buffer, sizeof buffer);
    return ErrorAccess::make(kind_of(error_number), error_number, "system",
                             std::string{what} + ": " + text, place);
}

Error resolver_error(int ares_status, std::string_view host, std::source_location place) {
    return ErrorAccess::make(
        kind_of_ares(ares_status), ares_status, "resolver",
        "cannot resolve " + quote_host(host) + ": " + ::ares_strerror(ares_status), place);
}

Error tls_error(std::string_view what, std::source_location place) {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const int reason = ERR_GET_REASON(code);
    const char* text = ERR_reason_error_string(code);
    std::string message = std::string{what} + ": " + (text ? text : "unknown error");
    // What a peer that speaks another protocol looks like to OpenSSL.
    if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
        (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST))
        message += " (does the peer speak TLS?)";
    return ErrorAccess::make(Errc::tls_failed, reason, "tls", std::move(message), place);
}

std::string describe_exception(std::string what) {
    try {
        throw;
    } catch (const std::exception& exception) {
        return std::move(what) + ": " + exception.what();
    } catch (...) {
        return std::move(what) + " (not a std::exception)";
    }
}

}  // namespace gyre::detail
