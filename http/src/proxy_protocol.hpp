#pragma once

#include <gyre/address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

/// Reads the header of the PROXY protocol, version 1 or 2 (haproxy, proxy-protocol.txt), with which
/// a proxy says before the first byte of a connection whose connection it passes on. No I/O.
class ProxyProtocolParser {
public:
    enum class Result : std::uint8_t {
        need_more,
        complete,  ///< source() and local() tell what it said.
        bad,       ///< No such header, or a malformed one.
    };

    /// Section 2.1: the longest line of version 1, with its CRLF.
    static constexpr std::size_t max_line = 107;
    /// Section 2.2: of version 2, before the addresses; and the most that may follow it here.
    static constexpr std::size_t prefix_size = 16;
    static constexpr std::size_t max_rest = 4096;

    /// Takes bytes up to the end of the header and no further: how many says consumed(). It stops
    /// at the first byte that is wrong.
    Result parse(std::string_view bytes);
    std::size_t consumed() const noexcept { return consumed_; }

    /// Whose connection it is. Nothing where the sender speaks for itself (LOCAL) or does not know
    /// (UNKNOWN, UNSPEC): the address is then the connection's own.
    const std::optional<Address>& source() const noexcept { return source_; }
    /// The address that the client connected to; nothing as above.
    const std::optional<Address>& destination() const noexcept { return destination_; }

private:
    Result parse_line();
    Result parse_binary();
    bool read_line(std::string_view line);
    bool read_addresses(std::string_view block, std::uint8_t family);
    bool read_inet(std::string_view block, std::size_t size);
    bool read_unix(std::string_view block);
    bool read_extensions(std::size_t at);

    std::string header_;
    std::size_t consumed_ = 0;
    std::optional<Address> source_;
    std::optional<Address> destination_;
};

}  // namespace gyre::http::detail
