"""Ends and hand-overs of servers under load; see `run --help`."""
import argparse
import collections
import http.client
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "examples"))
from common_load import Load  # noqa: E402
from common_programs import Server, wait_until  # noqa: E402


def report(title, count, seconds, extra=""):
    sent = count["answered"] + count["failed"]
    print(f"{title:<28}{sent / seconds:>9.0f}{count['answered']:>10}{count['failed']:>8}"
          f"{count['raced']:>7}{count['unaccepted']:>12}{count['refused']:>9}  {extra}", flush=True)


def heading():
    print(f"{'':<28}{'req/s':>9}{'answered':>10}{'failed':>8}{'raced':>7}{'unaccepted':>12}"
          f"{'refused':>9}")


def terminate_under_load(options):
    """SIGTERM at a random moment, again and again."""
    total, notes, seconds, slowest = collections.Counter(), collections.Counter(), 0, 0
    for _ in range(options.times):
        server = Server("plaintext", "--threads", options.threads)
        load = Load(server.port, options.rate / 2, options.rate / 2)
        begin = time.monotonic()
        load.run(0.5 + random.random() / 2)
        server.signal()
        signalled = time.monotonic()
        load.run(10, until=lambda: load.refused)
        load.finish()
        seconds += time.monotonic() - begin
        if status := server.wait():
            load.note("failed", f"exit status {status}: {server.stderr()}")
        slowest = max(slowest, time.monotonic() - signalled)
        total.update(load.count)
        notes.update(load.notes)
    report(f"SIGTERM x {options.times}, {options.threads} thread(s)", total, seconds,
           f"ended within {slowest:.1f} s")
    return total["failed"] == 0, notes


def pid_of(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/pid", headers={"Connection": "close"})
    return int(connection.getresponse().read())


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def hand_over_under_load(options, by_control):
    """The listening socket goes from process to process."""
    with tempfile.TemporaryDirectory() as folder:
        control = ["--control", os.path.join(folder, "control")] if by_control else []
        servers = [Server("hand_over", *control)]
        port = servers[0].port
        load = Load(port, options.rate / 2, options.rate / 2)
        begin = time.monotonic()
        pid = pid_of(port)
        for _ in range(options.hand_overs):
            load.run(options.pause)
            if by_control:
                process = subprocess.Popen(
                    [servers[0].process.args[0], "--port", "0", *control], stdout=subprocess.PIPE)
                servers.append(process)
            else:
                os.kill(pid, 12)  # SIGUSR2
            load.run(20, until=lambda pid=pid: not is_running(pid))
            if is_running(pid):
                load.note("failed", "the old process did not end")
            pid = pid_of(port)
        load.run(options.pause)
        load.finish()
        seconds = time.monotonic() - begin
        os.kill(pid, 15)
        wait_until(lambda: not is_running(pid), "the last server's end")
        servers[0].wait()
        for process in servers[1:]:
            process.wait()
            process.stdout.close()
    report(f"hand-over x {options.hand_overs}, {'SCM_RIGHTS' if by_control else 'LISTEN_FDS'}",
           load.count, seconds, f"slowest reply {load.latest * 1000:.0f} ms")
    good = not any(load.count[what] for what in ("failed", "unaccepted", "refused"))
    return good, load.notes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--hand-overs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.0)
    options = parser.parse_args()
    heading()
    outcomes = [terminate_under_load(options), hand_over_under_load(options, False),
                hand_over_under_load(options, True)]
    for good, notes in outcomes:
        for note, times in notes.items():
            print(f"  {times} x {note}")
    return 0 if all(good for good, _ in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
