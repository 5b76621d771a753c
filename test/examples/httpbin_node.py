"""httpbin, used with Node's fetch, if there is a Node that has it."""
import shutil
import subprocess
import sys
import unittest

from common_httpbin import HttpbinTest
from common_programs import main

NODE = shutil.which("node")
if not NODE or subprocess.run([NODE, "-e", "process.exit(typeof fetch === 'function' ? 0 : 1)"]).returncode:
    print("skipped: no Node.js with fetch")
    sys.exit(77)

PRELUDE = """
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
const base = process.argv[2];
const ask = (path, options) => fetch(base + path, options);
const json = async (path, options) => (await ask(path, options)).json();
"""


class NodeFetch(HttpbinTest):
    def node(self, script):
        path = self.file("script.mjs", (PRELUDE + script).encode())
        done = subprocess.run([NODE, path, self.url], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_methods_and_bodies(self):
        self.node("""
            assert.deepEqual((await json('/get?a=1&a=2')).args, {a: ['1', '2']});
            for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
              const answer = await json('/anything', {method, body: JSON.stringify({x: 'ü'})});
              assert.equal(answer.method, method);
              assert.deepEqual(answer.json, {x: 'ü'});
            }
            const body = new URLSearchParams([['a', '1'], ['a', 'ü &']]);
            assert.deepEqual((await json('/post', {method: 'POST', body})).form, {a: ['1', 'ü &']});
        """)

    def test_form_data(self):
        self.node("""
            const body = new FormData();
            body.append('name', 'value');
            body.append('file', new Blob(['some text'], {type: 'text/plain'}), 't.txt');
            const answer = await json('/post', {method: 'POST', body});
            assert.deepEqual(answer.form, {name: 'value'});
            assert.deepEqual(answer.files, {file: 'some text'});
        """)

    def test_a_stream_is_uploaded(self):
        self.node("""
            const data = randomBytes(1000000);
            const body = new ReadableStream({start(c) {
              for (let i = 0; i < data.length; i += 50000) c.enqueue(data.subarray(i, i + 50000));
              c.close();
            }});
            assert.deepEqual(await json('/upload', {method: 'POST', body, duplex: 'half'}),
              {bytes: data.length, sha256: createHash('sha256').update(data).digest('hex')});
        """)

    def test_redirects_statuses_and_encodings(self):
        self.node("""
            assert.equal((await ask('/redirect/3')).url, base + '/get');
            assert.equal((await ask('/absolute-redirect/3', {redirect: 'manual'})).status, 302);
            assert.equal((await ask('/status/418')).status, 418);
            assert.equal((await ask('/basic-auth/u/p')).status, 401);
            const headers = {Authorization: 'Basic ' + btoa('u:p')};
            assert.equal((await ask('/basic-auth/u/p', {headers})).status, 200);
            for (const [path, member] of [['gzip', 'gzipped'], ['deflate', 'deflated'],
                                          ['brotli', 'brotli']])
              assert.equal((await json('/' + path))[member], true);
        """)

    def test_events_are_read_as_they_come(self):
        self.node("""
            const answer = await ask('/sse?count=3&delay=0.1');
            assert.equal(answer.headers.get('content-type'), 'text/event-stream');
            const ids = [];
            let text = '', pieces = 0;
            for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
              ++pieces;
              text += piece;
              let end;
              while ((end = text.indexOf('\\n\\n')) >= 0) {
                const id = /^id: (.*)$/m.exec(text.slice(0, end));
                if (id) ids.push(id[1]);
                text = text.slice(end + 2);
              }
            }
            assert.deepEqual(ids, ['0', '1', '2', '3']);
            assert.ok(pieces > 1);
        """)

    def test_giving_up_early(self):
        self.node("""
            await assert.rejects(ask('/delay/2', {signal: AbortSignal.timeout(300)}));
            assert.equal((await ask('/get')).status, 200);
        """)


if __name__ == "__main__":
    main()
