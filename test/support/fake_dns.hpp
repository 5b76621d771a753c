#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace gyre::test {

/// What the fake server does with one question.
struct DnsReply {
    enum class Kind { answer, nxdomain, servfail, silence };

    Kind kind = Kind::answer;
    std::vector<std::string> addresses{};  ///< None: the name exists, but not with this type.
    std::uint32_t ttl = 300;
    std::chrono::milliseconds delay{0};
};

/// A DNS server on a loopback UDP port and a thread of its own. Names it was not told of do not
/// exist. All functions may be called from any thread.
class FakeDns {
public:
    FakeDns();
    FakeDns(const FakeDns&) = delete;
    FakeDns& operator=(const FakeDns&) = delete;
    ~FakeDns();

    void set_a(const std::string& name, DnsReply reply);
    void set_aaaa(const std::string& name, DnsReply reply);
    /// The same for both: no answer at all.
    void set_silent(const std::string& name);

    /// "127.0.0.1:PORT", as ResolverOptions::servers takes it.
    std::string server() const;
    /// How many questions of both types came for `name`; for all names if it is empty.
    int questions(std::string_view name = {}) const;

private:
    enum Type : std::uint16_t { a = 1, aaaa = 28 };
    struct Pending {
        std::chrono::steady_clock::time_point due;
        std::string message;
        std::uint32_t peer_address;
        std::uint16_t peer_port;
    };

    void serve();
    void receive();
    void send_due();
    DnsReply reply_for(const std::string& name, std::uint16_t type);

    int socket_;
    int stop_[2];
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::uint16_t>, DnsReply> replies_;
    std::map<std::string, int> questions_;
    std::vector<Pending> pending_;  // the thread's own
    std::thread thread_;
};

}  // namespace gyre::test
