// Node's server, for clients to be tried on: node common_node_server.cjs [CERT KEY]. Prints its port.
const fs = require('fs');
const http = require('http');
const https = require('https');

const large = Buffer.alloc(3000003, (() => Uint8Array.from({length: 251}, (_, i) => i))());
const pieces = [1, 10, 1000, 65536, 100000].map(size => large.subarray(0, size));
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
let connections = 0;

async function writeAll(response, gap) {
    for (const piece of pieces) {
        if (gap) await pause(gap);
        response.write(piece);
    }
    response.end();
}

const pages = {
    '/plain': (_, response) => response.end('Hello, World!'),
    '/chunked': (_, response) => writeAll(response, 0),
    '/slow': (_, response) => writeAll(response, 20),
    '/large': (_, response) => response.setHeader('Content-Length', large.length).end(large),
    '/large-chunked': (_, response) => {
        response.write(large);
        response.end();
    },
    '/none': (_, response) => response.writeHead(204).end(),
    '/empty': (_, response) => response.setHeader('Content-Length', 0).end(),
    '/cached': (request, response) => {
        response.setHeader('ETag', '"v1"');
        if (request.headers['if-none-match'] !== '"v1"') return response.end('page');
        response.writeHead(304).end();
    },
    '/echo': async (request, response) => {
        const body = [];
        for await (const piece of request) body.push(piece);
        const text = Buffer.concat(body);
        response.end(Buffer.concat([Buffer.from(`${request.method} ${text.length} `), text]));
    },
    '/go': (_, response) => response.writeHead(302, {Location: '/plain'}).end('moved'),
    '/fields': (_, response) => response.setHeader('Set-Cookie', ['a=1', 'b=2', 'c=3'])
        .setHeader('X-Empty', '').setHeader('X-Long', 'x'.repeat(4000)).end('fields'),
    '/gone': (_, response) => response.writeHead(410).end('gone'),
    '/bye': (_, response) => {
        response.useChunkedEncodingByDefault = false;
        response.setHeader('Connection', 'close');
        writeAll(response, 0);
    },
    '/early': (_, response) => {
        response.writeEarlyHints({link: '</style.css>; rel=preload'});
        response.writeEarlyHints({link: '</script.js>; rel=preload', 'x-more': 'x'.repeat(1000)});
        response.writeProcessing();
        response.end('after hints');
    },
    '/trailers': (_, response) => {
        response.setHeader('Trailer', 'X-Sum, X-More');
        response.write('with ');
        response.addTrailers({'X-Sum': '1', 'X-More': '2'});
        response.end('trailers');
    },
    // The one that asks does not count.
    '/connections': (_, response) => response.end(String(--connections)),
};

const options = process.argv[2]
    ? {cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3])} : {};
const server = (process.argv[2] ? https : http).createServer(options, (request, response) =>
    (pages[request.url] ?? ((_, response) => response.writeHead(404).end()))(request, response));
server.on('connection', () => ++connections);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

// Closes whatever rests for as long as it takes to answer: just when it may be used again.
const hasty = http.createServer((request, response) => response.end('hasty'));
hasty.keepAliveTimeout = 1;
hasty.listen(0, '127.0.0.1', () => console.log(hasty.address().port));
