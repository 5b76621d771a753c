#include "ares_channel.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

namespace gyre::detail {
namespace {

// On the first look-up that needs it, so that a program with literals alone never comes here.
int init_library() {
    static std::once_flag once;
    static int status = ARES_SUCCESS;
    std::call_once(once, [] { status = ::ares_library_init(ARES_LIB_INIT_ALL); });
    return status;
}

// The first try of a server takes 1.25 s at most, and each round doubles it: three rounds with one
// server outlast the resolver's whole 5 s.
constexpr int first_timeout_ms = 1250;
constexpr int tries = 3;

// c-ares sends all questions for a server through one socket. Where nobody listens, the refusal of
// one question is what the sending of the next one returns, and c-ares would blame that one and let
// the other wait for its time-out. Sent again, the refusal comes as the socket's event, for both.
ares_ssize_t send_again(ares_socket_t descriptor, const iovec* parts, int count, void*) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t sent = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (sent >= 0 || errno != ECONNREFUSED) return sent;
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

constexpr ares_socket_functions socket_functions{
    .asocket =
        [](int family, int type, int protocol, void*) {
            return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        },
    .aclose = [](ares_socket_t descriptor, void*) { return ::close(descriptor); },
    .aconnect = [](ares_socket_t descriptor, const sockaddr* address, ares_socklen_t size,
                   void*) { return ::connect(descriptor, address, size); },
    .arecvfrom = [](ares_socket_t descriptor, void* room, std::size_t size, int flags,
                    sockaddr* from, ares_socklen_t* from_size,
                    void*) { return ::recvfrom(descriptor, room, size, flags, from, from_size); },
    .asendv = send_again};

}  // namespace

/// One of c-ares's sockets.
class AresChannel::Socket final : public PollListener {
public:
    Socket(AresChannel& channel, ares_socket_t descriptor)
        : channel_(channel), descriptor_(descriptor) {}

    // c-ares may close the socket, and so destroy this, while it processes.
    void on_poll_events(std::uint32_t events) noexcept override {
        const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
        const bool readable = broken || (events & EPOLLIN) != 0;
        const bool writable = broken || (events & EPOLLOUT) != 0;
        channel_.process(readable ? descriptor_ : ARES_SOCKET_BAD,
                         writable ? descriptor_ : ARES_SOCKET_BAD);
    }

private:
    AresChannel& channel_;
    ares_socket_t descriptor_;
};

AresChannel::AresChannel(ReactorRef reactor, Poller& poller)
    : reactor_(std::move(reactor)), poller_(poller) {}

AresChannel::~AresChannel() {
    timer_.cancel();
    if (channel_) ::ares_destroy(channel_);
}

int AresChannel::open(const std::string& servers) {
    if (const int status = init_library(); status != ARES_SUCCESS) return status;
    char lookups[] = "b";  // DNS only; the hosts file is read before
    ares_options options{};
    options.timeout = first_timeout_ms;
    options.tries = tries;
    options.lookups = lookups;
    options.sock_state_cb_data = this;
    options.sock_state_cb = [](void* self, ares_socket_t descriptor, int readable, int writable) {
        static_cast<AresChannel*>(self)->on_socket_state(descriptor, readable != 0, writable != 0);
    };
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (!servers.empty()) mask |= ARES_OPT_DOMAINS;  // none
    if (const int status = ::ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS) {
        channel_ = nullptr;
        return status;
    }
    ::ares_set_socket_functions(channel_, &socket_functions, nullptr);
    if (servers.empty()) return ARES_SUCCESS;
    return ::ares_set_servers_ports_csv(channel_, servers.c_str());
}

void AresChannel::query(const std::string& name, int family, ares_addrinfo_callback callback,
                        void* argument) {
    ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    ::ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, callback, argument);
    arm_timer();
}

void AresChannel::on_socket_state(ares_socket_t descriptor, bool readable, bool writable) {
    const auto found = sockets_.find(descriptor);
    const std::uint32_t events =
        (readable ? std::uint32_t{EPOLLIN} : 0) | (writable ? std::uint32_t{EPOLLOUT} : 0);
    if (events == 0) {
        if (found == sockets_.end()) return;
        poller_.remove(descriptor, *found->second);
        sockets_.erase(found);
    } else if (found != sockets_.end()) {
        poller_.modify(descriptor, events, *found->second);
    } else {
        auto socket = std::make_unique<Socket>(*this, descriptor);
        poller_.add(descriptor, events, *socket).ignore("the query's time-out covers it");
        sockets_.emplace(descriptor, std::move(socket));
    }
}

void AresChannel::process(ares_socket_t readable, ares_socket_t writable) {
    ::ares_process_fd(channel_, readable, writable);
    arm_timer();
}

void AresChannel::arm_timer() {
    timer_.cancel();
    timeval room{};
    const timeval* next = ::ares_timeout(channel_, nullptr, &room);
    if (!next) return;
    // c-ares times a query out when its time has passed, not when it is reached.
    const Duration delay = std::chrono::seconds{next->tv_sec} +
                           std::chrono::microseconds{next->tv_usec} + std::chrono::milliseconds{1};
    timer_ = reactor_.call_later(delay, [this] { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
    timer_.unref();
}

}  // namespace gyre::detail
