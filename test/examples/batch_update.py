"""batch_update: all requests are under way at once, and none is lost."""
import itertools
import re
import resource
import subprocess
import unittest

from common_crowd import Crowd, reply
from common_programs import PATIENCE, main, program, run
from common_terminal import OnTerminal


class Batch(unittest.TestCase):
    def test_a_thousand_requests_of_two_to_three_seconds(self):
        done = run("batch_update", "--requests", 1000)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout, rb"^1000 succeeded, 0 failed, \d+\.\d+ s\n$")
        # One after the other they would take 40 minutes.
        seconds = float(done.stdout.split()[4])
        self.assertGreater(seconds, 2)
        self.assertLess(seconds, PATIENCE if self.is_slow() else 5)

    @staticmethod
    def is_slow():
        """Whether it was built with a sanitizer."""
        with open(program("batch_update"), "rb") as file:
            return re.search(rb"__[at]san_init", file.read()) is not None

    def test_all_are_under_way_at_once(self):
        with Crowd(300, 300, lambda path: reply()) as crowd:
            done = run("batch_update", "--requests", 300, "--url", crowd.url)
        self.assertEqual((done.returncode, crowd.most, crowd.served), (0, 300, 300))

    def test_no_more_than_the_limit(self):
        with Crowd(7, 30, lambda path: reply()) as crowd:
            done = run("batch_update", "--requests", 30, "--limit", 7, "--url", crowd.url)
        self.assertEqual((done.returncode, crowd.most, crowd.served), (0, 7, 30))

    def test_failures_are_listed_and_none_is_lost(self):
        replies = itertools.cycle([reply(), reply(), reply(b"no", b"500 Oops")])
        with Crowd(1, 9, lambda path: next(replies)) as crowd:
            done = run("batch_update", "--requests", 9, "--limit", 1, "--url", crowd.url)
        self.assertEqual((done.returncode, done.stderr, crowd.served), (1, b"", 9))
        summary, *failures = done.stdout.decode().splitlines()
        self.assertRegex(summary, r"^6 succeeded, 3 failed, \d+\.\d+ s$")
        self.assertEqual(failures, [f"request {i}: error: HTTP 500: Oops" for i in (3, 6, 9)])

    def test_the_servers_delay_is_an_option(self):
        done = run("batch_update", "--requests", 50, "--delay", "0,0.05")
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, rb"^50 succeeded, 0 failed, \d+\.\d+ s\n$")

    def test_the_bar_counts_requests(self):
        done = OnTerminal("batch_update", "--requests", 5, "--delay", "0.3,0.3")
        self.assertEqual(done.returncode, 0)
        self.assertIn("[--------------------] 0/5 done, 5 running", done.bars())
        self.assertEqual(done.screen(), [""])

    def test_few_descriptors_are_enough(self):
        def allow_few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (84, 84))

        done = subprocess.run([program("batch_update"), "--requests", "60", "--delay", "0,0.1"],
                              capture_output=True, timeout=PATIENCE, preexec_fn=allow_few)
        self.assertEqual((done.returncode, done.stdout.startswith(b"60 succeeded, 0 failed")),
                         (0, True), done)
        self.assertEqual(done.stderr, b"batch_update: only 10 requests at a time, as no more "
                                      b"descriptors are allowed\n")

    def test_the_soft_limit_on_descriptors_is_raised(self):
        def allow_few_softly():
            resource.setrlimit(resource.RLIMIT_NOFILE, (84, 1000))

        done = subprocess.run([program("batch_update"), "--requests", "60", "--delay", "0,0.1"],
                              capture_output=True, timeout=PATIENCE, preexec_fn=allow_few_softly)
        self.assertEqual((done.returncode, done.stderr), (0, b""), done)


class CommandLine(unittest.TestCase):
    def test_bad_values(self):
        for args in (["--requests", "0"], ["--requests", "x"], ["--limit", "0"], ["--delay", "1"],
                     ["--delay", "2,1"], ["--delay", "-1,1"], ["--delay", "1,x"], ["--url"],
                     ["extra"]):
            with self.subTest(args):
                done = run("batch_update", *args)
                self.assertEqual((done.returncode, done.stdout), (2, b""), done)
                self.assertEqual(done.stderr.count(b"\n"), 1, done)


if __name__ == "__main__":
    main()
