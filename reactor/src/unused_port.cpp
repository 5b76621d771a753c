#include <gyre/error_access.hpp>
#include <gyre/unused_port.hpp>

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre {

UnusedPort bind_unused_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const native = reinterpret_cast<sockaddr*>(&address);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || ::bind(descriptor, native, size) != 0 ||
        ::listen(descriptor, SOMAXCONN) != 0 || ::getsockname(descriptor, native, &size) != 0) {
        const int error_number = errno;
        if (descriptor >= 0) ::close(descriptor);
        return {.error = detail::system_error(error_number, "bind an unused port")};
    }
    return {.descriptor = descriptor, .port = ntohs(address.sin_port)};
}

}  // namespace gyre
