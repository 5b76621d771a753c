"""hand_over: under load the listening socket goes from process to process, and no request fails."""
import os
import signal
import subprocess
import tempfile
import unittest

from common_load import Load
from common_programs import Lines, Server, main, program, wait_until


class Successors(unittest.TestCase):
    def setUp(self):
        self.pids = []
        self.addCleanup(self.kill_all)

    def kill_all(self):
        for pid in self.pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def pid_behind(self, load):
        """Of the server that answers, asked while the load goes on."""
        answer = subprocess.Popen(
            ["curl", "-sS", "--max-time", "30", f"http://127.0.0.1:{load.address[1]}/pid"],
            stdout=subprocess.PIPE)
        load.run(30, until=lambda: answer.poll() is not None)
        pid = int(answer.communicate()[0])
        self.pids.append(pid)
        return pid

    def wait_for_another(self, load, pid):
        for _ in range(100):
            now = self.pid_behind(load)
            if now != pid:
                return now
            load.run(0.1)
        self.fail("no successor")

    def hand_over_twice(self, server, start_successor):
        load = Load(server.port, kept=150, fresh=150, connections=10)
        pid = self.pid_behind(load)
        for _ in range(2):
            load.run(0.3)
            start_successor(pid)
            pid = self.wait_for_another(load, pid)
        load.run(0.3)
        load.finish()
        for what in ("failed", "refused", "unaccepted"):
            self.assertEqual(load.count[what], 0, load.notes)
        self.assertGreater(load.count["answered"], 50)
        os.kill(pid, signal.SIGTERM)

    def test_a_server_starts_its_successor(self):
        with Server("hand_over") as server:
            self.hand_over_twice(server, lambda pid: os.kill(pid, signal.SIGUSR2))

    def test_a_successor_asks_for_the_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            control = ["--control", os.path.join(folder, "control")]
            successors = []

            def start(_):
                process = subprocess.Popen([program("hand_over"), "--port", "0", *control],
                                           stdout=subprocess.PIPE)
                self.addCleanup(process.stdout.close)
                self.assertIn(b"listening on", Lines(process.stdout).next())
                successors.append(process)

            with Server("hand_over", *control) as server:
                self.hand_over_twice(server, start)
            for process in successors:
                self.assertEqual(process.wait(30), 0)

    def test_a_successor_that_does_not_come_up_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "hand_over")
            with open(program("hand_over"), "rb") as source, open(copy, "wb") as target:
                target.write(source.read())
            os.chmod(copy, 0o755)
            with Server(copy) as server:
                os.remove(copy)
                server.signal(signal.SIGUSR2)
                server.wait_for_log("the successor did not come up")
                load = Load(server.port, kept=0, fresh=100)
                load.run(0.3)
                load.finish()
                self.assertEqual(load.count["failed"], 0)
                self.assertGreater(load.count["answered"], 5)


class Drain(unittest.TestCase):
    def test_what_was_accepted_is_answered(self):
        for _ in range(3):
            server = Server("plaintext")
            self.addCleanup(server.kill)
            load = Load(server.port, kept=200, fresh=200, connections=10)
            load.run(0.3)
            server.signal()
            wait_until(lambda: load.run(0.1) or load.refused, "the end of listening")
            load.finish()
            self.assertEqual(load.count["failed"], 0, load.notes)
            self.assertGreater(load.count["answered"], 20)
            self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    main()
