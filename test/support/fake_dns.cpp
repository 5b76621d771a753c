#include "support/fake_dns.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t header_size = 12;

void put16(std::string& to, unsigned value) {
    to += static_cast<char>((value >> 8) & 0xff);
    to += static_cast<char>(value & 0xff);
}

struct Question {
    std::string name;  // in lower case
    std::uint16_t type = 0;
    std::size_t end = 0;  // where it ends in the message
};

// RFC 1035, 4.1.2. An empty name: nothing this server answers.
Question parse_question(std::string_view message) {
    Question question;
    std::size_t at = header_size;
    while (at < message.size() && message[at] != 0) {
        const auto length = static_cast<unsigned char>(message[at]);
        if (!question.name.empty()) question.name += '.';
        question.name += message.substr(at + 1, length);
        at += length + 1U;
    }
    if (at + 5 > message.size()) return {};
    std::ranges::transform(question.name, question.name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    question.type = static_cast<std::uint16_t>((static_cast<unsigned char>(message[at + 1]) << 8) |
                                               static_cast<unsigned char>(message[at + 2]));
    question.end = at + 5;
    return question;
}

void put_record(std::string& to, const std::string& address, std::uint32_t ttl) {
    std::array<char, 16> bytes{};
    const bool ipv6 = address.find(':') != std::string::npos;
    if (::inet_pton(ipv6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) std::abort();
    put16(to, 0xc000 | header_size);  // the question's name
    put16(to, ipv6 ? 28 : 1);
    put16(to, 1);
    put16(to, ttl >> 16);
    put16(to, ttl & 0xffff);
    put16(to, ipv6 ? 16 : 4);
    to.append(bytes.data(), ipv6 ? 16 : 4);
}

std::string make_reply(std::string_view query, const Question& question, const DnsReply& reply) {
    using Kind = DnsReply::Kind;
    const unsigned code = reply.kind == Kind::nxdomain ? 3 : reply.kind == Kind::servfail ? 2 : 0;
    std::string message{query.substr(0, 2)};
    put16(message, 0x8180 | code);
    put16(message, 1);
    put16(message, static_cast<unsigned>(reply.addresses.size()));
    put16(message, 0);
    put16(message, 0);
    message += query.substr(header_size, question.end - header_size);
    for (const std::string& address : reply.addresses)
        put_record(message, address, reply.ttl);
    return message;
}

}  // namespace

FakeDns::FakeDns() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* native = reinterpret_cast<sockaddr*>(&address);
    if (socket_ < 0 || ::bind(socket_, native, size) != 0 ||
        ::getsockname(socket_, native, &size) != 0 || ::pipe(stop_) != 0)
        std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
}

FakeDns::~FakeDns() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(socket_);
}

void FakeDns::set_a(const std::string& name, DnsReply reply) {
    const std::lock_guard lock{mutex_};
    replies_[{name, a}] = std::move(reply);
}

void FakeDns::set_aaaa(const std::string& name, DnsReply reply) {
    const std::lock_guard lock{mutex_};
    replies_[{name, aaaa}] = std::move(reply);
}

void FakeDns::set_silent(const std::string& name) {
    set_a(name, {.kind = DnsReply::Kind::silence});
    set_aaaa(name, {.kind = DnsReply::Kind::silence});
}

std::string FakeDns::server() const { return "127.0.0.1:" + std::to_string(port_); }

int FakeDns::questions(std::string_view name) const {
    const std::lock_guard lock{mutex_};
    int count = 0;
    for (const auto& [asked, times] : questions_)
        if (name.empty() || asked == name) count += times;
    return count;
}

DnsReply FakeDns::reply_for(const std::string& name, std::uint16_t type) {
    const std::lock_guard lock{mutex_};
    ++questions_[name];
    if (const auto found = replies_.find({name, type}); found != replies_.end())
        return found->second;
    // Known with the other type: then this one is empty, not unknown.
    const bool known = replies_.contains({name, a}) || replies_.contains({name, aaaa});
    return {.kind = known ? DnsReply::Kind::answer : DnsReply::Kind::nxdomain};
}

void FakeDns::serve() {
    for (;;) {
        int wait = -1;
        for (const Pending& reply : pending_) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(reply.due - Clock::now());
            const int milliseconds = std::max(0, static_cast<int>(left.count()));
            wait = wait < 0 ? milliseconds : std::min(wait, milliseconds);
        }
        std::array<pollfd, 2> watched{pollfd{socket_, POLLIN, 0}, pollfd{stop_[0], POLLIN, 0}};
        ::poll(watched.data(), watched.size(), wait);
        if (watched[1].revents != 0) return;
        if (watched[0].revents != 0) receive();
        send_due();
    }
}

void FakeDns::receive() {
    std::array<char, 1500> room;
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t got =
        ::recvfrom(socket_, room.data(), room.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (got < static_cast<ssize_t>(header_size)) return;
    const std::string_view message{room.data(), static_cast<std::size_t>(got)};
    const Question question = parse_question(message);
    if (question.name.empty()) return;
    const DnsReply reply = reply_for(question.name, question.type);
    if (reply.kind == DnsReply::Kind::silence) return;
    pending_.push_back({Clock::now() + reply.delay, make_reply(message, question, reply),
                        peer.sin_addr.s_addr, peer.sin_port});
}

void FakeDns::send_due() {
    const auto now = Clock::now();
    for (const Pending& reply : pending_) {
        if (reply.due > now) continue;
        sockaddr_in peer{};
        peer.sin_family = AF_INET;
        peer.sin_addr.s_addr = reply.peer_address;
        peer.sin_port = reply.peer_port;
        ::sendto(socket_, reply.message.data(), reply.message.size(), 0,
                 reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
    }
    std::erase_if(pending_, [&](const Pending& reply) { return reply.due <= now; });
}

}  // namespace gyre::test
