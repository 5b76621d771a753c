#include <gyre/memory_transport.hpp>
#include <gyre/reactor_ref.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace gyre {
namespace {

/// One direction: bytes that were written and not yet read.
class Pipe {
public:
    std::size_t size() const noexcept { return bytes_.size() - start_; }

    std::size_t take(std::span<char> room) noexcept {
        const std::size_t count = std::min(room.size(), size());
        if (count == 0) return 0;
        std::memcpy(room.data(), bytes_.data() + start_, count);
        start_ += count;
        if (size() == 0) discard();
        return count;
    }

    void put(std::string_view bytes) {
        // Only now and then, so that reading byte by byte stays linear.
        if (start_ > bytes_.size() / 2) bytes_.erase(0, std::exchange(start_, 0));
        bytes_ += bytes;
    }

    /// An idle pipe holds no memory.
    void discard() noexcept {
        std::string{}.swap(bytes_);
        start_ = 0;
    }

    bool ended = false;      ///< The writer has said that no more comes.
    bool abandoned = false;  ///< The reader is gone.

private:
    std::string bytes_;
    std::size_t start_ = 0;
};

class MemoryTransport;

/// What the two ends share; posted events hold it, never an end, so an end may go at any time.
struct Link {
    MemoryPairOptions options;
    std::array<Pipe, 2> pipes;               // pipes[i] is read by ends[i]
    std::array<MemoryTransport*, 2> ends{};  // null: closed
    bool reset = false;
};

class MemoryTransport final : public Transport {
public:
    MemoryTransport(detail::ReactorRef reactor, std::shared_ptr<Link> link, std::size_t side)
        : reactor_(std::move(reactor)), link_(std::move(link)), side_(side) {
        link_->ends[side_] = this;
    }
    ~MemoryTransport() override { close(); }

    void set_listener(TransportListener* listener) noexcept override {
        if (!open()) return;
        listener_ = listener;
        schedule();
    }
    void want_read(bool wanted) noexcept override {
        want_read_ = wanted;
        schedule();
    }
    void want_write(bool wanted) noexcept override {
        want_write_ = wanted;
        schedule();
    }

    IOResult read_some(std::span<char> room) noexcept override;
    IOResult write_some(std::span<const std::string_view> buffers) noexcept override;
    void shutdown_write() noexcept override;
    void close() noexcept override;
    void abort() noexcept override;

    Address local_address() const noexcept override {
        return side_ == 0 ? link_->options.first_address : link_->options.second_address;
    }
    Address peer_address() const noexcept override {
        return side_ == 0 ? link_->options.second_address : link_->options.first_address;
    }
    int native_handle() const noexcept override { return -1; }

private:
    Pipe& incoming() const noexcept { return link_->pipes[side_]; }
    Pipe& outgoing() const noexcept { return link_->pipes[1 - side_]; }
    bool open() const noexcept { return link_->ends[side_] == this; }
    void schedule_peer() const noexcept {
        if (MemoryTransport* peer = link_->ends[1 - side_]) peer->schedule();
    }

    bool readable() const noexcept {
        return link_->reset || incoming().ended || incoming().size() > 0;
    }
    bool writable() const noexcept {
        return link_->reset || outgoing().ended || outgoing().abandoned ||
               outgoing().size() < link_->options.capacity;
    }
    bool hung_up() const noexcept {
        return link_->reset && !want_read_ && !want_write_ && !told_hangup_;
    }
    bool has_event() const noexcept {
        return open() && listener_ &&
               ((want_read_ && readable()) || (want_write_ && writable()) || hung_up());
    }
    void schedule() noexcept;
    void deliver() noexcept;

    detail::ReactorRef reactor_;
    std::shared_ptr<Link> link_;
    std::size_t side_;
    TransportListener* listener_ = nullptr;
    bool want_read_ = false;
    bool want_write_ = false;
    bool told_hangup_ = false;
    bool posted_ = false;
};

IOResult reset_failure() {
    return {.status = IOStatus::failed,
            .error = {Errc::connection_reset, "the other end aborted the connection"}};
}

IOResult closed_failure() {
    return {.status = IOStatus::failed, .error = {Errc::closed, "closed"}};
}

IOResult MemoryTransport::read_some(std::span<char> room) noexcept {
    if (!open()) return closed_failure();
    if (link_->reset) return reset_failure();
    if (room.empty()) return {};
    const std::size_t got =
        incoming().take(room.first(std::min(room.size(), link_->options.max_read)));
    if (got > 0) {
        schedule_peer();
        return {.bytes = got};
    }
    return {.status = incoming().ended ? IOStatus::end : IOStatus::would_block};
}

IOResult MemoryTransport::write_some(std::span<const std::string_view> buffers) noexcept {
    if (!open()) return closed_failure();
    if (link_->reset) return reset_failure();
    if (outgoing().ended || outgoing().abandoned)
        return {.status = IOStatus::failed, .error = {Errc::broken_pipe, "write: broken pipe"}};
    const std::size_t free = link_->options.capacity - outgoing().size();
    std::size_t offered = 0;
    std::size_t taken = 0;
    for (const std::string_view buffer : buffers) {
        offered += buffer.size();
        const std::size_t most = std::min(free, link_->options.max_write) - taken;
        const std::string_view part = buffer.substr(0, most);
        outgoing().put(part);
        taken += part.size();
    }
    if (taken > 0) schedule_peer();
    return {.status = offered > 0 && taken == 0 ? IOStatus::would_block : IOStatus::ok,
            .bytes = taken};
}

void MemoryTransport::shutdown_write() noexcept {
    if (!open()) return;
    outgoing().ended = true;
    schedule_peer();
}

void MemoryTransport::close() noexcept {
    if (!open()) return;
    link_->ends[side_] = nullptr;
    listener_ = nullptr;
    want_read_ = want_write_ = false;
    incoming().abandoned = true;
    incoming().discard();
    outgoing().ended = true;
    schedule_peer();
}

void MemoryTransport::abort() noexcept {
    if (!open()) return;
    link_->reset = true;
    outgoing().discard();
    close();
}

void MemoryTransport::schedule() noexcept {
    if (posted_ || !reactor_.alive() || !has_event()) return;
    posted_ = true;
    reactor_.post([link = link_, side = side_] {
        if (MemoryTransport* end = link->ends[side]) end->deliver();
    });
}

// Every call may close this end, which `open` tells; it is not destroyed from within.
void MemoryTransport::deliver() noexcept {
    posted_ = false;
    if (listener_ && hung_up()) {
        told_hangup_ = true;
        listener_->on_hangup();
    }
    if (listener_ && want_read_ && readable()) listener_->on_readable();
    if (listener_ && want_write_ && writable()) listener_->on_writable();
    schedule();
}

}  // namespace

std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_memory_pair(
    const detail::ReactorRef& reactor, const MemoryPairOptions& options) {
    auto link = std::make_shared<Link>();
    link->options = options;
    for (std::size_t* number :
         {&link->options.capacity, &link->options.max_read, &link->options.max_write})
        *number = std::max<std::size_t>(*number, 1);
    auto first = std::make_unique<MemoryTransport>(reactor, link, 0);
    auto second = std::make_unique<MemoryTransport>(reactor, link, 1);
    return {std::move(first), std::move(second)};
}

}  // namespace gyre
