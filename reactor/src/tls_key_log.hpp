#pragma once

#include <gyre/error.hpp>

#include <memory>
#include <string>

namespace gyre::detail {

/// A file to which connections' secrets are appended, in the format of NSS.
class TlsKeyLog {
public:
    struct Opened {
        Error error{};
        std::shared_ptr<const TlsKeyLog> log{};
    };
    /// A file that is open already is not opened again.
    static Opened open(const std::string& file);

    explicit TlsKeyLog(int descriptor) noexcept : descriptor_(descriptor) {}
    TlsKeyLog(const TlsKeyLog&) = delete;
    TlsKeyLog& operator=(const TlsKeyLog&) = delete;
    ~TlsKeyLog();

    /// On any thread.
    void write(std::string line) const;

private:
    int descriptor_;
};

}  // namespace gyre::detail
