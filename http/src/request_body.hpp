#pragma once

#include <gyre/callback.hpp>
#include <gyre/error.hpp>
#include <gyre/handler.hpp>
#include <gyre/output_queue.hpp>
#include <gyre/reactor_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

class ClientConnection;

// The fetch whose request a body belongs to. Both are called from within the user's calls.
class RequestBodyOwner {
public:
    // There is something to be sent.
    virtual void on_body_grown() noexcept = 0;
    // There will never be a whole body.
    virtual void on_body_failed(Error error) noexcept = 0;

protected:
    ~RequestBodyOwner() = default;
};

// What a body_producer writes and has not been sent yet, with its framing. The fetch holds it while
// its request is sent, and the user through a lease.
class RequestBody {
public:
    static constexpr std::size_t high_water = std::size_t{64} * 1024;
    static constexpr std::size_t low_water = std::size_t{16} * 1024;
    static constexpr std::size_t most_pending = std::size_t{1024} * 1024;  // beyond high_water

    // Without a length it is chunked.
    RequestBody(gyre::detail::ReactorRef reactor, std::optional<std::uint64_t> length,
                RequestBodyOwner& owner);

    const gyre::detail::ReactorRef& reactor() const noexcept { return reactor_; }

    // For HTTPRequestBody. `Data` is what OutputQueue takes.
    template <class Data>
    void write(Data&& data, std::size_t size, Callback<void(Error)> callback);
    void finish(std::string_view data);
    void fail(const Error& error);
    void on_drain(Handler<void()> handler);
    void on_close(Callback<void()> callback);
    std::size_t queued_bytes() const noexcept { return queue_.bytes(); }
    bool finished() const noexcept { return finished_ || !owner_; }
    // The user has let go of it.
    void on_released();

    // Offers what waits to the connection, and tells the user what became of it, who may do
    // anything then. True if all of a finished body has been handed over.
    bool send_to(ClientConnection& connection);
    // No more of it is wanted, and why: what waits is thrown away.
    void close(const Error& cause);
    // The reactor is going: nobody is told.
    void discard() noexcept;

private:
    Error check_write(std::size_t size);
    void begin_piece(std::size_t size);
    void end_piece();
    void refuse(Error error, Callback<void(Error)> callback);
    void break_off(Error error) noexcept;

    gyre::detail::ReactorRef reactor_;
    RequestBodyOwner* owner_;
    std::optional<std::uint64_t> left_;  // of its length
    gyre::detail::OutputQueue queue_;
    Handler<void()> on_drain_;
    Callback<void()> on_close_;
    bool finished_ = false;
    bool over_high_water_ = false;
};

template <class Data>
void RequestBody::write(Data&& data, std::size_t size, Callback<void(Error)> callback) {
    if (Error error = check_write(size); gyre::detail::ErrorAccess::failed(error))
        return refuse(std::move(error), std::move(callback));
    if (size > 0) {
        begin_piece(size);
        queue_.append(std::forward<Data>(data));
        end_piece();
    }
    if (callback) queue_.when_sent(std::move(callback));
    owner_->on_body_grown();
}

// What the copies of an HTTPRequestBody have in common; goes with the last of them, on whatever
// thread.
class RequestBodyLease {
public:
    explicit RequestBodyLease(std::shared_ptr<RequestBody> body) noexcept
        : body_(std::move(body)) {}
    RequestBodyLease(const RequestBodyLease&) = delete;
    RequestBodyLease& operator=(const RequestBodyLease&) = delete;
    ~RequestBodyLease();

    RequestBody& body() const noexcept { return *body_; }

private:
    std::shared_ptr<RequestBody> body_;
};

}  // namespace gyre::http::detail
