#pragma once

#include <gyre/error.hpp>
#include <gyre/tls.hpp>

#include <map>
#include <memory>
#include <string>

namespace gyre::detail {

class TlsContext;

/// A server's contexts by name. Immutable, used by all threads.
class TlsNames {
public:
    /// Which context holds for a name: `context` is null for the server's own, and with an error
    /// the name is refused.
    struct Choice {
        Error error{};
        std::shared_ptr<const TlsContext> context{};
    };

    /// Loads `certificates_by_name` of the options; the rest of them holds for each.
    Error load(const TLSOptions& options);
    /// `name` as from `comparable_name`, not empty.
    Choice choose(const std::string& name) const;

private:
    Error add(const TLSNamedCertificate& certificate, TLSOptions options);
    std::shared_ptr<const TlsContext> find(const std::string& name) const;
    Choice ask(const std::string& name) const;

    std::map<std::string, std::shared_ptr<const TlsContext>, std::less<>> contexts_;
    TLSNameSelector select_;
};

}  // namespace gyre::detail
