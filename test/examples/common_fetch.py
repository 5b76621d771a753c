"""What fetch and curl say of the same URLs."""
import collections
import hashlib
import json
import tempfile

from common_programs import curl, run

# `fields` is a sorted list without those that change from one second to the next.
Answer = collections.namedtuple("Answer", "code fields size digest")
CHANGING = ("date",)


def ask_fetch(urls, *args):
    """The answer to each as fetch got it one after the other, and all that it told of it."""
    with tempfile.NamedTemporaryFile() as file:
        done = run("fetch", "--json", "--no-follow", "-o", file.name, *args, *urls)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        succeeded = all(one["error"] is None for one in told)
        if [one["url"] for one in told] != urls or done.returncode != (0 if succeeded else 1):
            raise AssertionError(done)
        for one in told:
            if one["code"] == 599:
                raise AssertionError(one)
        answers = [make_answer(one["code"], one["headers"], file.read(one["body_bytes"]))
                   for one in told]
        if file.read(1):
            raise AssertionError("the file has more than the bodies")
    return answers, told


def ask_curl(urls, *args):
    with tempfile.TemporaryDirectory() as folder:
        # With -X alone it would wait for a body.
        is_head = "HEAD" in args
        args = ["--http1.1", *(["--head"] if is_head else []), *args]
        for number, url in enumerate(urls):
            args += ["-o", f"{folder}/{number}", url]
        done = curl("-D", folder + "/heads", *args)
        if done.returncode != 0:
            raise AssertionError(done)
        with open(folder + "/heads", encoding="latin1", newline="") as heads:
            # Heads of interim answers come before, trailers after it.
            heads = [text for text in heads.read().split("\r\n\r\n") if text.startswith("HTTP/")]
        heads = [head for head in heads if not head.split()[1].startswith("1")]
        answers = []
        for number, head in zip(range(len(urls)), heads, strict=True):
            body = b""
            if not is_head:
                try:
                    with open(f"{folder}/{number}", "rb") as file:
                        body = file.read()
                except FileNotFoundError:  # curl makes none for an empty body
                    pass
            fields = [line.split(":", 1) for line in head.split("\r\n")[1:]]
            answers.append(make_answer(int(head.split()[1]), fields, body))
        return answers


def make_answer(code, fields, body):
    kept = sorted((name.lower(), value.strip()) for name, value in fields
                  if name.lower() not in CHANGING)
    return Answer(code, kept, len(body), digest(body))


def digest(body):
    return hashlib.sha256(body).hexdigest()


def expect_same(test, urls, *args):
    """Both get the same; returns it for each URL, and what fetch told."""
    answers, told = ask_fetch(urls, *args)
    for url, ours, curls in zip(urls, answers, ask_curl(urls, *args), strict=True):
        with test.subTest(url):
            test.assertEqual(ours, curls)
    return answers, told
