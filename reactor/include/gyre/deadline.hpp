#pragma once

#include <gyre/clock.hpp>
#include <gyre/export.hpp>
#include <gyre/reactor_ref.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gyre::detail {

class Deadline;

/// A link of a circular list; alone when it points at itself.
struct DeadlineLink {
    DeadlineLink* previous = this;
    DeadlineLink* next = this;

    bool alone() const noexcept { return next == this; }
    void unlink() noexcept {
        previous->next = next;
        next->previous = previous;
        previous = next = this;
    }
    void insert_before(DeadlineLink& link) noexcept {
        previous = link.previous;
        next = &link;
        previous->next = this;
        link.previous = this;
    }
};

/// Gets told when a Deadline has passed.
class DeadlineListener {
public:
    virtual void on_deadline(Deadline& deadline) noexcept = 0;

protected:
    ~DeadlineListener() = default;
};

/// A coarse deadline that is moved often and passes rarely: head, body, keep-alive and write
/// time-outs. Moving it is a store; it fires up to one tick of the wheel late, never early. It does
/// not keep `run` going. An extension point for protocols built on gyre.
class GYRE_API Deadline : private DeadlineLink {
public:
    Deadline(const ReactorRef& reactor, DeadlineListener& listener) noexcept
        : reactor_(reactor), listener_(listener) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { clear(); }

    /// Fires when `delay` has passed from now; replaces what was set. The largest delay: never.
    void expire_after(Duration delay) noexcept;
    /// Fires never.
    void clear() noexcept;
    bool armed() const noexcept { return armed_; }

private:
    friend class DeadlineWheel;
    const ReactorRef& reactor_;
    DeadlineListener& listener_;
    TimePoint at_{};
    std::int64_t tick_ = 0;  // the wheel's slot it is linked in; never after at_'s own
    bool armed_ = false;
};

/// All deadlines of a reactor, in slots of one tick. A deadline that was moved later is found out
/// when its old slot comes up, and put where it belongs then.
class GYRE_API DeadlineWheel {
public:
    static constexpr Duration tick = std::chrono::milliseconds{100};

    DeadlineWheel() noexcept = default;
    DeadlineWheel(const DeadlineWheel&) = delete;
    DeadlineWheel& operator=(const DeadlineWheel&) = delete;
    ~DeadlineWheel() { clear(); }

    /// The time by which `advance` must be called next; TimePoint::max() if nothing is armed.
    TimePoint next() const noexcept;
    /// Fires what has passed at `now`.
    void advance(TimePoint now) noexcept;
    /// Forgets every deadline without firing it.
    void clear() noexcept;

private:
    friend class Deadline;
    static constexpr std::size_t slots = 1024;

    void link(Deadline& deadline, TimePoint now) noexcept;
    void run_slot(std::size_t slot, TimePoint now) noexcept;

    std::array<DeadlineLink, slots> heads_{};
    std::array<std::uint64_t, slots / 64> occupied_{};
    std::int64_t current_ = 0;  // the last tick that was run
};

}  // namespace gyre::detail
