"""A server that runs out of descriptors: 64 of them, and 500 clients."""
import argparse
import socket
import time

from common_attack import REQUEST, Connection, Server, finish, table

DESCRIPTORS = 64


def main():
    parser = argparse.ArgumentParser(
        prog="test/attack/descriptors", description=__doc__,
        epilog="Passes if accepting met the limit, the server took at most 5 %% of a core "
               "meanwhile, every open connection was served, and one more was accepted within a "
               "second after others had gone.")
    parser.add_argument("--server", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()

    server = Server(options.server, "--max-connections", 100_000, descriptors=DESCRIPTORS)
    good = [Connection(server.port) for _ in range(20)]
    asked = served = 0
    for connection in good:
        asked += 1
        served += connection.get() is not None
    flood = [socket.create_connection(("127.0.0.1", server.port))
             for _ in range(options.clients - len(good))]
    time.sleep(0.2)

    before, began = server.cpu_seconds(), time.monotonic()
    while time.monotonic() < began + options.seconds:
        asked += 1
        served += good[asked % len(good)].get() is not None
        time.sleep(0.1)
    cpu = 100 * (server.cpu_seconds() - before) / (time.monotonic() - began)
    metrics = good[0].metrics()

    for client in flood:
        client.close()
    began = time.monotonic()
    fresh = Connection(server.port)
    again = fresh.get(REQUEST) is not None
    recovery = time.monotonic() - began
    server.stop()

    table([["clients", "accepted", "accept failed", "CPU %", "requests", "served",
            "accepts again after ms"],
           [options.clients, f"{metrics['gyre_http_accepted_total']:.0f}",
            f"{metrics['gyre_http_shed_total']:.0f}", f"{cpu:.2f}", asked, served,
            f"{1000 * recovery:.0f}"]])
    broken = []
    if metrics["gyre_http_shed_total"] == 0:
        broken.append("the server never ran out of descriptors")
    if metrics["gyre_http_refused_total"] != 0:
        broken.append("the cap on connections was met, not the limit of descriptors")
    if cpu > 5:
        broken.append(f"{cpu:.1f} % of a core while there is nothing to accept")
    if served != asked:
        broken.append(f"{asked - served} requests on open connections were not served")
    if not again or recovery > 1:
        broken.append(f"accepted again after {recovery:.2f} s only")
    finish(broken)


main()
