#include "signal_watch.hpp"

#include <gyre/dispatch.hpp>
#include <gyre/error_access.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <string>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace gyre::detail {

/// What the system's handler may touch for one reactor. Slots and their descriptors are used again
/// but never freed or closed: a handler may be looking at one on another thread at any moment.
struct SignalSlot {
    int descriptor = -1;
    std::atomic<bool> taken{false};
    std::atomic<std::uint64_t> watched{0};  // a bit for each signal
    std::atomic<std::uint64_t> pending{0};
    SignalSlot* next = nullptr;
};

namespace {

constexpr int most_signals = 64;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<SignalSlot*>::is_always_lock_free);

std::atomic<SignalSlot*> slots{nullptr};

constexpr std::uint64_t bit_of(int signal) noexcept { return std::uint64_t{1} << (signal - 1); }

extern "C" void gyre_on_signal(int signal) {
    const int saved = errno;
    for (SignalSlot* slot = slots.load(std::memory_order_acquire); slot; slot = slot->next) {
        if (!(slot->watched.load() & bit_of(signal))) continue;
        slot->pending.fetch_or(bit_of(signal));
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(slot->descriptor, &one, sizeof one);
    }
    errno = saved;
}

/// The process's dispositions, shared by all reactors.
struct Dispositions {
    std::mutex mutex;
    std::array<int, most_signals + 1> users{};
    std::array<struct sigaction, most_signals + 1> before{};
};

// Never destroyed: a reactor may be a static of the program.
Dispositions& dispositions() {
    static auto* instance = new Dispositions;
    return *instance;
}

int take_signal(int signal) noexcept {
    Dispositions& all = dispositions();
    const auto index = static_cast<std::size_t>(signal);
    const std::lock_guard lock{all.mutex};
    if (all.users[index] == 0) {
        struct sigaction ours{};
        ours.sa_handler = &gyre_on_signal;
        ours.sa_flags = SA_RESTART;
        ::sigfillset(&ours.sa_mask);
        if (::sigaction(signal, &ours, &all.before[index]) != 0) return errno;
    }
    ++all.users[index];
    return 0;
}

void give_back_signal(int signal) noexcept {
    Dispositions& all = dispositions();
    const auto index = static_cast<std::size_t>(signal);
    const std::lock_guard lock{all.mutex};
    if (--all.users[index] > 0) return;
    // Somebody may have put a handler of their own over ours: that one stays.
    struct sigaction current{};
    if (::sigaction(signal, nullptr, &current) == 0 && current.sa_handler == &gyre_on_signal)
        ::sigaction(signal, &all.before[index], nullptr);
}

SignalSlot* take_slot() noexcept {
    for (SignalSlot* slot = slots.load(std::memory_order_acquire); slot; slot = slot->next)
        if (!slot->taken.exchange(true)) return slot;
    const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) return nullptr;
    auto* slot = new SignalSlot;
    slot->descriptor = descriptor;
    slot->taken = true;
    slot->next = slots.load();
    while (!slots.compare_exchange_weak(slot->next, slot)) {
    }
    return slot;
}

// A handler for these that returns would meet the same fault again, for ever.
bool is_fault(int signal) noexcept {
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL;
}

void drain(int descriptor) noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor, &count, sizeof count);
}

}  // namespace

SignalWatch::~SignalWatch() {
    while (!handlers_.empty())
        remove(handlers_.begin()->first);
    if (!slot_) return;
    poller_.remove(slot_->descriptor, *this);
    slot_->taken.store(false);
}

Error SignalWatch::open() {
    if (slot_) return {};
    SignalSlot* slot = take_slot();
    if (!slot) return system_error(errno, "add_signal_handler");
    slot->pending.store(0);
    drain(slot->descriptor);
    if (Error error = poller_.add(slot->descriptor, EPOLLIN, *this); ErrorAccess::failed(error)) {
        slot->taken.store(false);
        return error;
    }
    slot_ = slot;
    return {};
}

Error SignalWatch::add(int signal, Handler<void(int)> handler) {
    const std::string name = "signal " + std::to_string(signal);
    if (!handler) return {Errc::invalid_argument, "add_signal_handler needs a handler"};
    if (signal < 1 || signal > most_signals || is_fault(signal))
        return {Errc::invalid_argument, name + " cannot be handled"};
    if (handlers_.contains(signal))
        return {Errc::already_in_progress, name + " has a handler on this reactor already"};
    if (Error error = open(); ErrorAccess::failed(error)) return error;
    const auto place = handlers_.emplace(signal, std::move(handler)).first;
    slot_->pending.fetch_and(~bit_of(signal));
    slot_->watched.fetch_or(bit_of(signal));
    const int error_number = take_signal(signal);
    if (error_number == 0) return {};
    slot_->watched.fetch_and(~bit_of(signal));
    handlers_.erase(place);
    return system_error(error_number, "handle " + name);
}

void SignalWatch::remove(int signal) noexcept {
    // The captures go last: their destructors may do anything, also add a handler again.
    const auto node = handlers_.extract(signal);
    if (node.empty()) return;
    give_back_signal(signal);
    slot_->watched.fetch_and(~bit_of(signal));
    slot_->pending.fetch_and(~bit_of(signal));
}

void SignalWatch::list_pending(PendingOperations& all) const {
    for (const auto& [signal, handler] : handlers_)
        all.push_back({.kind = "signal",
                       .detail = std::to_string(signal),
                       .place = handler.place(),
                       .keeps_running = false});
}

void SignalWatch::on_poll_events(std::uint32_t) noexcept {
    drain(slot_->descriptor);
    const std::uint64_t pending = slot_->pending.exchange(0);
    for (int signal = 1; signal <= most_signals; ++signal) {
        if (!(pending & bit_of(signal))) continue;
        const auto found = handlers_.find(signal);  // an earlier handler may have removed it
        if (found != handlers_.end()) dispatch(found->second, signal);
    }
}

}  // namespace gyre::detail
