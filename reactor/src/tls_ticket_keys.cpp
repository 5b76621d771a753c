#include "tls_ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <map>

namespace gyre::detail {
namespace {

TlsTicketKeys::Key make_key(TimePoint now) {
    std::array<unsigned char, TlsTicketKey::size> bytes;
    const bool random = RAND_priv_bytes(bytes.data(), bytes.size()) == 1;
    TlsTicketKeys::Key key = random ? std::make_shared<const TlsTicketKey>(bytes, now) : nullptr;
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

}  // namespace

TlsTicketKey::TlsTicketKey(std::span<const unsigned char> bytes, TimePoint when) noexcept
    : made(when) {
    const auto take = [&](auto& part) {
        std::ranges::copy(bytes.first(part.size()), part.begin());
        bytes = bytes.subspan(part.size());
    };
    take(name);
    take(cipher_key);
    take(mac_key);
}

TlsTicketKey::~TlsTicketKey() {
    OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
    OPENSSL_cleanse(mac_key.data(), mac_key.size());
}

TlsTicketKeys::TlsTicketKeys(const std::vector<std::string>& given)
    : lifetime_(Duration::max()), given_(true) {
    for (const std::string& bytes : given)
        keys_.push_back(std::make_shared<const TlsTicketKey>(
            std::span{reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()},
            TimePoint{}));
}

std::shared_ptr<TlsTicketKeys> TlsTicketKeys::shared(Duration lifetime) {
    static std::mutex mutex;
    static std::map<Duration, std::weak_ptr<TlsTicketKeys>> all;
    const std::lock_guard lock{mutex};
    std::erase_if(all, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<TlsTicketKeys>& known = all[lifetime];
    std::shared_ptr<TlsTicketKeys> keys = known.lock();
    if (!keys) known = keys = std::make_shared<TlsTicketKeys>(lifetime);
    return keys;
}

TlsTicketKeys::Key TlsTicketKeys::sealing_key(TimePoint now) {
    const std::lock_guard lock{mutex_};
    if (given_) return keys_.front();
    drop_old(now);
    if (keys_.empty() || now - keys_.front()->made >= lifetime_) {
        Key fresh = make_key(now);
        if (!fresh) return nullptr;
        keys_.insert(keys_.begin(), std::move(fresh));
    }
    return keys_.front();
}

TlsTicketKeys::Found TlsTicketKeys::find(std::span<const unsigned char> name, TimePoint now) {
    const std::lock_guard lock{mutex_};
    if (!given_) drop_old(now);
    const auto found = std::ranges::find_if(
        keys_, [&](const Key& key) { return std::ranges::equal(key->name, name); });
    if (found == keys_.end()) return {};
    const bool seals = found == keys_.begin() && (given_ || now - (*found)->made < lifetime_);
    return {*found, seals};
}

// Written so that an unlimited lifetime does not overflow.
void TlsTicketKeys::drop_old(TimePoint now) noexcept {
    std::erase_if(keys_, [&](const Key& key) { return now - key->made - lifetime_ >= lifetime_; });
}

}  // namespace gyre::detail
