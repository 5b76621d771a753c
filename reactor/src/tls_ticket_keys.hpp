#pragma once

#include <gyre/clock.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace gyre::detail {

/// What seals a ticket (RFC 5077, 4) and opens it again. It is overwritten when its last user lets
/// go of it.
struct TlsTicketKey {
    static constexpr std::size_t name_size = 16;
    static constexpr std::size_t size = 80;

    /// From `size` bytes.
    TlsTicketKey(std::span<const unsigned char> bytes, TimePoint made) noexcept;
    TlsTicketKey(const TlsTicketKey&) = delete;
    TlsTicketKey& operator=(const TlsTicketKey&) = delete;
    ~TlsTicketKey();

    std::array<unsigned char, name_size> name;  ///< Stands in the ticket, readable.
    std::array<unsigned char, 32> cipher_key;   ///< AES-256
    std::array<unsigned char, 32> mac_key;      ///< HMAC-SHA256
    TimePoint made;
};

/// The ticket keys of servers: random ones that are replaced as they grow old, or given ones. Used
/// by all threads. Time is told to it, as it belongs to no reactor.
class TlsTicketKeys {
public:
    using Key = std::shared_ptr<const TlsTicketKey>;
    struct Found {
        Key key{};  ///< Null: no such key, or too old.
        bool seals = false;
    };

    /// A key seals for `lifetime` and opens for twice as long.
    explicit TlsTicketKeys(Duration lifetime) noexcept : lifetime_(lifetime) {}
    /// The first of these seals. Each has the right size.
    explicit TlsTicketKeys(const std::vector<std::string>& given);

    /// The keys that all servers of the process with this lifetime share, so that a ticket from one
    /// reactor's server is good at another's, and outlasts the replacement of a certificate.
    static std::shared_ptr<TlsTicketKeys> shared(Duration lifetime);

    /// The key that seals now; null if there are no random bytes to be had.
    Key sealing_key(TimePoint now);
    Found find(std::span<const unsigned char> name, TimePoint now);

private:
    void drop_old(TimePoint now) noexcept;

    Duration lifetime_;
    bool given_ = false;
    std::mutex mutex_;
    std::vector<Key> keys_;  // the newest first; the given ones in their order
};

}  // namespace gyre::detail
