#pragma once

#include "poller.hpp"
#include <gyre/reactor_ref.hpp>

#include <memory>
#include <string>
#include <unordered_map>

#include <ares.h>

namespace gyre::detail {

/// A c-ares channel whose sockets the reactor's poller watches and whose time-outs are a timer of
/// the reactor's. Its own work never keeps `run` going.
class AresChannel {
public:
    AresChannel(ReactorRef reactor, Poller& poller);
    AresChannel(const AresChannel&) = delete;
    AresChannel& operator=(const AresChannel&) = delete;
    /// Queries that are still out get ARES_EDESTRUCTION, inline. Not allowed in a c-ares callback.
    ~AresChannel();

    /// `servers` as ares_set_servers_ports_csv takes them, without search domains; empty: those of
    /// the system. Returns a c-ares status.
    int open(const std::string& servers);
    /// Asks for the addresses of one family. `callback` may come inline.
    void query(const std::string& name, int family, ares_addrinfo_callback callback,
               void* argument);

private:
    class Socket;

    void on_socket_state(ares_socket_t descriptor, bool readable, bool writable);
    void process(ares_socket_t readable, ares_socket_t writable);
    void arm_timer();

    ReactorRef reactor_;
    Poller& poller_;
    ares_channel channel_ = nullptr;
    std::unordered_map<ares_socket_t, std::unique_ptr<Socket>> sockets_;
    Timeout timer_;
};

}  // namespace gyre::detail
