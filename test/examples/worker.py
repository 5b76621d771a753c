"""worker: a report is fed by a worker, which ends with its client."""
import subprocess
import unittest

from common_programs import Server, curl, main, read_pieces


class Worker(unittest.TestCase):
    def test_a_report_comes_line_by_line(self):
        with Server("worker") as server:
            client = subprocess.Popen(["curl", "-sN", server.url + "/report/7"],
                                      stdout=subprocess.PIPE)
            with client.stdout:
                pieces = read_pieces(client.stdout)
            self.assertEqual(client.wait(), 0)
            self.assertEqual([piece for _, piece in pieces],
                             [b"report 7, line %d of 5\n" % (i + 1) for i in range(5)])
            self.assertGreater(pieces[-1][0], 0.8)
            self.assertNotIn("cancelled", server.stderr())

    def test_a_report_needs_no_id(self):
        with Server("worker") as server:
            self.assertIn(b"line 5 of 5", curl(server.url + "/report").stdout)

    def test_the_worker_is_cancelled_when_curl_is_killed(self):
        with Server("worker") as server:
            client = subprocess.Popen(["curl", "-sN", server.url + "/report/8"],
                                      stdout=subprocess.PIPE)
            with client.stdout:
                self.assertTrue(client.stdout.readline().startswith(b"report 8, line 1"))
                client.kill()
            client.wait()
            server.wait_for_log("report 8: the worker is cancelled")


if __name__ == "__main__":
    main()
