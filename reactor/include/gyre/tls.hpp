#pragma once

#include <gyre/clock.hpp>
#include <gyre/error.hpp>
#include <gyre/export.hpp>
#include <gyre/tls_name_selector.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {
class TlsContext;
}

/// Which side of the handshake to be.
enum class TLSRole { client, server };

enum class TLSVersion { tls_1_2, tls_1_3 };

/// What is asked of the peer's certificate.
enum class TLSVerify {
    automatic,  ///< A client requires a good one, a server asks for none.
    none,       ///< Anything goes; a client is then open to anyone in between.
    request,    ///< Server: a client may come without one, but not with a bad one.
    require,    ///< It must be there and be good.
};

/// A certificate that a server shows to those who ask for `name`.
struct TLSNamedCertificate {
    /// "www.example.com", or "*.example.com" for every name one label longer than "example.com";
    /// case does not matter.
    std::string name{};
    /// As in `TLSOptions`.
    std::string certificate_file{};
    std::string certificate{};
    std::string key_file{};
    std::string key{};
    std::string key_passphrase{};

    friend bool operator==(const TLSNamedCertificate&, const TLSNamedCertificate&) = default;
};

/// How to speak TLS, as a client or as a server. Every default is safe. Two options that are equal
/// make connections that may stand in for each other.
struct TLSOptions {
    /// Our certificate and, after it, the intermediate ones up to the root: a PEM file or PEM text.
    /// A server needs one.
    std::string certificate_file{};
    std::string certificate{};
    /// Its private key, in PEM. Without one it is looked for beside the certificate.
    std::string key_file{};
    std::string key{};
    std::string key_passphrase{};
    /// Whom to trust, in PEM, in place of the system's store: authorities, also intermediate ones
    /// without those above them, or the peer's very certificate. A server that wants certificates
    /// of its clients has to say whose.
    std::string ca_file{};
    std::string ca{};

    TLSVerify verify_peer = TLSVerify::automatic;
    /// Client: the name to send (SNI) and to verify, in place of the host connected to.
    std::string server_name{};
    /// Application protocols (ALPN, RFC 7301) in the order of preference: "h2", "http/1.1". A
    /// server with a list refuses a client whose list has nothing in common with it.
    std::vector<std::string> alpn{};
    TLSVersion min_version = TLSVersion::tls_1_2;
    /// Cipher suites by OpenSSL's names, colons between them; those that begin with "TLS_" are for
    /// TLS 1.3. Empty: OpenSSL's own choice.
    std::string ciphers{};
    /// Appends the secrets of every connection, by which others can decrypt it. For debugging only.
    std::string key_log_file{};

    /// Server: certificates for some names (SNI, RFC 6066, 3); all else is as in these options. A
    /// whole name is preferred to a wildcard.
    std::vector<TLSNamedCertificate> certificates_by_name{};
    /// Server: chooses for names that are not in `certificates_by_name`. All options of the chosen
    /// context hold, except those for names, which are not asked again, and that tickets are sealed
    /// with the keys of this one, if it gives any.
    TLSNameSelector select_context{};
    /// Server: refuse a client that asks for a name for which nothing was chosen and which the
    /// certificate of these options does not have either (alert unrecognized_name), in place of
    /// showing that certificate to it.
    bool refuse_unknown_names = false;

    /// Resume sessions, without asking for certificates again (RFC 8446, 2.2; RFC 5077). A client
    /// keeps what servers give it, for 256 connections at most, and uses it for the same name and
    /// port with the same options; a server gives tickets and keeps nothing. No data is sent early.
    /// A client's certificate must still be valid then, but nothing else of it is looked at again,
    /// however often a ticket is exchanged for a new one (TLS 1.3).
    bool session_resumption = true;
    /// Server: how long a key seals tickets; for as long again it still opens them. The servers of
    /// a process share these keys. A ticket is good for two hours at most.
    Duration ticket_key_lifetime = std::chrono::hours{12};
    /// Server: keys of one's own, for several processes behind one address: 80 random bytes each.
    /// The first seals tickets, all open them; they are replaced with `set_tls` of the server.
    std::vector<std::string> ticket_keys{};

    friend bool operator==(const TLSOptions&, const TLSOptions&) = default;
};

struct TLSContextResult;

/// Options that were loaded and found good: files read, keys matched, trust store set up. A cheap
/// handle to something immutable that any number of connections, reactors and threads share; it
/// stays good when the files change. Default-constructed it is empty, and connections made with it
/// fail with `Errc::invalid_argument`.
class GYRE_API TLSContext {
public:
    TLSContext() noexcept = default;

    /// Loads options for clients, or hands out what was loaded for equal ones before if the files
    /// have not changed, and with it the sessions that can be resumed (the 16 used last are kept).
    /// The system's trust store is read once per process.
    ///
    /// Errors, here and below: `system` and its siblings for a file that cannot be read,
    /// `invalid_argument` for options that contradict each other or name what does not exist,
    /// `tls_failed` for contents that cannot be used. The message names the option and the file.
    static TLSContextResult client(const TLSOptions& options = {});
    /// Loads options for servers.
    static TLSContextResult server(const TLSOptions& options);

    explicit operator bool() const noexcept { return context_ != nullptr; }
    /// True for handles to the same loaded options.
    friend bool operator==(const TLSContext&, const TLSContext&) = default;

private:
    friend class detail::TlsContext;
    explicit TLSContext(std::shared_ptr<const detail::TlsContext> context) noexcept
        : context_(std::move(context)) {}

    std::shared_ptr<const detail::TlsContext> context_;
};

/// A context that was loaded, or why not.
struct TLSContextResult {
    Error error{};
    TLSContext context{};
};

}  // namespace gyre
