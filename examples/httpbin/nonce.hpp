#pragma once

#include <string>
#include <string_view>

namespace httpbin {

/// Says when it was made, and signs that (HMAC-SHA-256) with a key that the process made up at its
/// start: nothing is kept for it, and any thread can check it.
std::string make_nonce();

enum class NonceState { fresh, stale, forged };

/// Fresh for five minutes.
NonceState check_nonce(std::string_view nonce);

/// Signs a text that a client is to bring back as it is.
std::string signature(std::string_view text);

/// Equality whose time does not depend on where the first difference is.
bool same_secret(std::string_view left, std::string_view right);

}  // namespace httpbin
