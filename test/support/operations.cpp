#include "support/operations.hpp"

#include <gyre/memory_transport.hpp>
#include <gyre/periodic_callback.hpp>
#include <gyre/reactor_ref.hpp>

#include <csignal>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace gyre::test {

Error ManualExecutor::submit(std::function<void()> job) {
    jobs_.push_back(std::move(job));
    return {};
}

void ManualExecutor::run_all() {
    std::thread{[jobs = std::exchange(jobs_, {})] {
        for (const auto& job : jobs)
            job();
    }}.join();
}

namespace {

using SharedCallback = std::shared_ptr<Callback<void(Error)>>;

/// A handler is called for every event; these tests want to hear of one. That it may never come is
/// no drop.
SharedCallback share(Callback<void(Error)> callback) {
    return {new Callback<void(Error)>{std::move(callback)}, [](Callback<void(Error)>* shared) {
                shared->discard();
                delete shared;
            }};
}

void call_once(const SharedCallback& callback) {
    if (*callback) std::move (*callback)(Error{});
}

class StreamOperation : public Operation {
public:
    StreamOperation(const OperationSite& site, const MemoryPairOptions& options) {
        auto [first, second] = make_memory_pair(site.reactor, options);
        stream = IOStream{site.reactor, std::move(first)};
        peer = std::move(second);
    }
    bool fail() override {
        peer->abort();
        return true;
    }
    Errc after_close() const override { return Errc::canceled; }
    void destroy() override { stream = {}; }

protected:
    IOStream stream;
    std::unique_ptr<Transport> peer;
};

class ReadOperation final : public StreamOperation {
public:
    explicit ReadOperation(const OperationSite& site) : StreamOperation(site, {.max_read = 1}) {}
    void start(Callback<void(Error)> callback) override {
        stream.read_bytes(3, [callback = std::move(callback)](Error error, std::string) mutable {
            std::move(callback)(std::move(error));
        });
    }
    void succeed() override {
        const std::string_view bytes = "abc";
        peer->write_some({&bytes, 1}).error.ignore("the stream may be closed");
    }
    bool close() override {
        stream.close();
        return true;
    }
};

class WriteOperation final : public StreamOperation {
public:
    explicit WriteOperation(const OperationSite& site) : StreamOperation(site, {.capacity = 4}) {}
    void start(Callback<void(Error)> callback) override {
        stream.write("abcdef", std::move(callback));
    }
    void succeed() override {
        char room[4];
        peer->read_some(room).error.ignore("the stream may be closed");
    }
    bool close() override {
        stream.abort();  // `close` would still send what is queued
        return true;
    }
};

class TimerOperation final : public Operation {
public:
    explicit TimerOperation(const OperationSite& site) : site_(site) {}
    void start(Callback<void(Error)> callback) override {
        timeout_ = site_.reactor.call_later(
            std::chrono::milliseconds{10},
            [callback = std::move(callback)]() mutable { std::move(callback)(Error{}); });
    }
    void succeed() override { site_.clock.advance(std::chrono::milliseconds{10}); }
    bool close() override {
        timeout_.cancel();
        return true;
    }
    void destroy() override { timeout_ = {}; }

private:
    OperationSite site_;
    Timeout timeout_;
};

class PeriodicOperation final : public Operation {
public:
    explicit PeriodicOperation(const OperationSite& site) : site_(site) {}
    void start(Callback<void(Error)> callback) override {
        close();
        kept_ = {site_.reactor, std::chrono::milliseconds{10},
                 [shared = share(std::move(callback))] { call_once(shared); }};
        handle_ = kept_;
        handle_.start().ignore("the test sees that nothing comes");
    }
    void succeed() override { site_.clock.advance(std::chrono::milliseconds{10}); }
    bool close() override {
        kept_.stop();
        kept_ = handle_ = {};
        return true;
    }
    void destroy() override { handle_ = {}; }

private:
    OperationSite site_;
    PeriodicCallback handle_;
    PeriodicCallback kept_;
};

class PlainOperation final : public Operation {
public:
    explicit PlainOperation(const OperationSite& site) : reactor_(site.reactor) {}
    void start(Callback<void(Error)> callback) override {
        reactor_.add_callback(
            [callback = std::move(callback)]() mutable { std::move(callback)(Error{}); });
    }

private:
    Reactor& reactor_;
};

class ExecutorOperation final : public Operation {
public:
    explicit ExecutorOperation(const OperationSite& site) : site_(site) {}
    void start(Callback<void(Error)> callback) override {
        site_.reactor.run_in_executor(
            [fail = fail_] {
                if (*fail) throw std::runtime_error{"told to"};
            },
            std::move(callback));
    }
    void succeed() override { site_.executor.run_all(); }
    bool fail() override {
        *fail_ = true;
        site_.executor.run_all();
        return true;
    }

private:
    OperationSite site_;
    std::shared_ptr<bool> fail_ = std::make_shared<bool>(false);
};

class ListenOperation final : public Operation {
public:
    explicit ListenOperation(const OperationSite& site) : server_(std::in_place, site.reactor) {}
    ~ListenOperation() override {
        if (client_ >= 0) ::close(client_);
    }
    void start(Callback<void(Error)> callback) override {
        server_->handle_stream([shared = share(std::move(callback))](const IOStream& stream) {
            stream.close();
            call_once(shared);
        });
        if (server_->address().family() == Address::Family::none)
            server_->listen(0, "127.0.0.1").ignore("the test sees that nobody connects");
    }
    void succeed() override {
        if (!server_) return;
        if (client_ >= 0) ::close(client_);
        client_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const Address address = server_->address();
        ::connect(client_, static_cast<const sockaddr*>(address.native()),
                  static_cast<socklen_t>(address.native_size()));
    }
    bool close() override {
        if (!server_) return true;
        server_->stop();
        server_->handle_stream({});
        return true;
    }
    void destroy() override { server_.reset(); }
    bool is_owner() const override { return true; }

private:
    std::optional<TCPServer> server_;
    int client_ = -1;
};

class DescriptorOperation final : public Operation {
public:
    explicit DescriptorOperation(const OperationSite& site) : reactor_(site.reactor) {
        if (::pipe(ends_) != 0) std::abort();
    }
    ~DescriptorOperation() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    void start(Callback<void(Error)> callback) override {
        close();
        reactor_
            .add_handler(ends_[0], IOEvents::read,
                         [shared = share(std::move(callback))](int descriptor, IOEvents) {
                             char byte = 0;
                             [[maybe_unused]] const auto got = ::read(descriptor, &byte, 1);
                             call_once(shared);
                         })
            .ignore("the test sees that nothing comes");
    }
    void succeed() override { [[maybe_unused]] const auto sent = ::write(ends_[1], "x", 1); }
    bool close() override {
        reactor_.remove_handler(ends_[0]);
        return true;
    }

private:
    Reactor& reactor_;
    int ends_[2] = {-1, -1};
};

class SignalOperation final : public Operation {
public:
    explicit SignalOperation(const OperationSite& site) : reactor_(site.reactor) {
        std::signal(SIGUSR1, SIG_IGN);  // what comes back when nobody handles it
    }
    void start(Callback<void(Error)> callback) override {
        close();
        reactor_
            .add_signal_handler(SIGUSR1,
                                [shared = share(std::move(callback))](int) { call_once(shared); })
            .ignore("the test sees that nothing comes");
    }
    void succeed() override { std::raise(SIGUSR1); }
    bool close() override {
        reactor_.remove_signal_handler(SIGUSR1);
        return true;
    }

private:
    Reactor& reactor_;
};

template <class Kind>
OperationKind kind(std::string name) {
    return {std::move(name),
            [](const OperationSite& site) { return std::make_unique<Kind>(site); }};
}

}  // namespace

std::vector<OperationKind> all_operations() {
    return {kind<ReadOperation>("read"),       kind<WriteOperation>("write"),
            kind<TimerOperation>("timer"),     kind<PeriodicOperation>("periodic"),
            kind<PlainOperation>("callback"),  kind<ExecutorOperation>("executor"),
            kind<ListenOperation>("listener"), kind<DescriptorOperation>("descriptor"),
            kind<SignalOperation>("signal")};
}

}  // namespace gyre::test
