"""callback_chain: the chain of six callbacks is printed, and saved as a picture and a trace."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from common_programs import PATIENCE, main, program, run

SOURCE = os.path.join(os.environ["GYRE_SOURCE"], "examples", "callback_chain.cpp")


def lines_of_the_pyramid():
    """Where the six callbacks are registered, the innermost first."""
    calls = ["stream.read_until", "stream.write(asked", "client.connect", "reactor.run_in_executor",
             "reactor.call_later", "reactor.add_callback"]
    with open(SOURCE) as source:
        lines = source.read().splitlines()
    return [next(i + 1 for i, line in enumerate(lines) if call in line) for call in calls]


class CallbackChain(unittest.TestCase):
    def test_six_places_lead_back_to_main(self):
        result = run("callback_chain")
        self.assertEqual(result.returncode, 0, result.stderr)
        first, *places = result.stdout.decode().splitlines()
        self.assertEqual(first, "an exception left a callback: not a number: 6 x 7")
        found = [int(re.fullmatch(r"  registered at .*callback_chain\.cpp:(\d+)", place)[1])
                 for place in places]
        self.assertEqual(found, lines_of_the_pyramid())

    def test_the_picture_shows_each_step(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "chain.dot")
            self.assertEqual(run("callback_chain", "--save", path).returncode, 0)
            with open(path) as file:
                text = file.read()
            for line in lines_of_the_pyramid():
                self.assertIn(f"callback_chain.cpp:{line}\\n1 time", text)
            self.assertIn('[label="main"]', text)
            if not shutil.which("dot"):
                return
            picture = subprocess.run(["dot", "-Tsvg", path], capture_output=True, check=True)
            self.assertIn(b"</svg>", picture.stdout)

    def test_the_trace_is_chrome_json(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "chain.json")
            self.assertEqual(run("callback_chain", "--save", path).returncode, 0)
            with open(path) as file:
                events = json.load(file)["traceEvents"]
        slices = {event["name"]: event for event in events if event["ph"] == "X"}
        chain = [slices[f"callback_chain.cpp:{line}"] for line in lines_of_the_pyramid()]
        for inner, outer in zip(chain, chain[1:]):
            self.assertEqual(inner["args"]["by"], outer["name"])
            self.assertGreaterEqual(inner["ts"], outer["ts"])
        for event in slices.values():
            self.assertGreaterEqual(event["dur"], 0)
        begins = {event["id"]: event["ts"] for event in events if event["ph"] == "s"}
        ends = {event["id"]: event["ts"] for event in events if event["ph"] == "f"}
        self.assertEqual(begins.keys(), ends.keys())
        self.assertGreaterEqual(len(begins), 5)
        for arrow, time in begins.items():
            self.assertLessEqual(time, ends[arrow])

    def test_the_environment_has_any_program_save_its_trace(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace.json")
            result = subprocess.run([program("main_job")], capture_output=True, timeout=PATIENCE,
                                    env={**os.environ, "GYRE_TRACE_FILE": path})
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(path) as file:
                names = {event["name"] for event in json.load(file)["traceEvents"]}
            self.assertTrue(any(name.startswith("main_job.cpp:") for name in names), names)

    def test_a_file_that_cannot_be_written(self):
        result = run("callback_chain", "--save", "/no/such/folder/chain.json")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"/no/such/folder/chain.json", result.stderr)
        self.assertEqual(result.stderr.count(b"\n"), 1)


if __name__ == "__main__":
    main()
