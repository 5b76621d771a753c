#include "unique_descriptor.hpp"
#include <gyre/error_access.hpp>
#include <gyre/pass_descriptor.hpp>

#include <cerrno>
#include <cstring>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace gyre {
namespace {

/// A message of one byte, with room for descriptors beside it.
template <std::size_t descriptors>
class Message {
public:
    Message() noexcept {
        header_.msg_iov = &part_;
        header_.msg_iovlen = 1;
        header_.msg_control = control_;
        header_.msg_controllen = sizeof control_;
    }
    msghdr* get() noexcept { return &header_; }

private:
    char byte_ = 0;
    iovec part_{&byte_, 1};
    alignas(cmsghdr) char control_[CMSG_SPACE(descriptors * sizeof(int))] = {};
    msghdr header_{};
};

Error failure(const char* what) {
    const int error_number = errno;
    if (error_number == EBADF || error_number == ENOTSOCK || error_number == EINVAL)
        return {Errc::invalid_argument,
                std::string{what} + ": no open descriptor, or no connected Unix socket"};
    return detail::system_error(error_number, what);
}

std::vector<detail::UniqueDescriptor> descriptors_of(msghdr* message) {
    std::vector<detail::UniqueDescriptor> all;
    for (cmsghdr* item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(item) + i * sizeof(int), sizeof descriptor);
            all.emplace_back(descriptor);
        }
    }
    return all;
}

}  // namespace

Error send_descriptor(int unix_socket, int descriptor) {
    Message<1> message;
    cmsghdr* const item = CMSG_FIRSTHDR(message.get());
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(unix_socket, message.get(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? failure("send a descriptor") : Error{};
}

ReceivedDescriptor receive_descriptor(int unix_socket) {
    Message<4> message;
    ssize_t received = 0;
    do {
        received = ::recvmsg(unix_socket, message.get(), MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return {.error = failure("receive a descriptor")};
    auto descriptors = descriptors_of(message.get());
    if (received == 0) return {.error = {Errc::end_of_stream, "the peer has closed"}};
    // Without room in the table of descriptors the system leaves them out.
    if ((message.get()->msg_flags & MSG_CTRUNC) != 0 && descriptors.empty())
        return {.error = {Errc::out_of_descriptors, "receive a descriptor: there is no room"}};
    if (descriptors.size() != 1 || (message.get()->msg_flags & MSG_CTRUNC) != 0)
        return {.error = {Errc::protocol_error, "not one descriptor was received"}};
    return {.descriptor = descriptors.front().release()};
}

}  // namespace gyre
