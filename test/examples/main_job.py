"""main_job: what the run without arguments prints, and when."""
import re
import subprocess
import time
import unittest

from common_programs import Lines, main, program


class MainJob(unittest.TestCase):
    def test_prints_what_arrives_and_ends_by_itself(self):
        begin = time.monotonic()
        job = subprocess.Popen([program("main_job")], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        with job.stdout, job.stderr:
            lines = Lines(job.stdout)
            seen = []
            while line := lines.next():
                seen.append((time.monotonic() - begin, line.decode()))
            self.assertEqual(job.wait(), 0)
            self.assertEqual(job.stderr.read(), b"")
        self.assertLess(seen[-1][0], 14)
        for _, line in seen:
            self.assertRegex(line, r"^ *\d+\.\d+ s  \S")
        self.check_contents([line for _, line in seen])
        self.check_times(seen)

    def check_contents(self, lines):
        text = "".join(lines)
        self.assertRegex(text, r"/hello: 13 bytes\n")
        self.assertRegex(text, r"Error: HTTP 404")
        self.assertRegex(text, r"(?s)/stream: START\n.*/stream: MIDDLE\n.*/stream: END\n"
                               r".*/stream: 14 bytes\n")

    def check_times(self, seen):
        """The pieces came as they were sent, and the quick replies did not wait for them."""
        when = {word: next(time for time, line in seen if re.search(word, line))
                for word in ("START", "MIDDLE", "END$", "Error", "hello: 13")}
        self.assertGreater(when["MIDDLE"] - when["START"], 0.6)
        self.assertGreater(when["END$"] - when["MIDDLE"], 0.8)
        self.assertLess(when["hello: 13"], when["MIDDLE"])
        self.assertLess(when["Error"], when["MIDDLE"])


if __name__ == "__main__":
    main()
