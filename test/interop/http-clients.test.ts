/** Clients, load tools, scanners and proxies that others wrote, on the web server's static core. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { noise } from '../property.ts';
import { freePort } from './free-port.ts';
import { type Serving, serve, sh, tool } from './server.ts';

const absent = (name: string) => tool(name) === undefined && `${name} is not installed`;
const LARGE = noise(5_000_000);
const TEXT = 'so many words, so often said. '.repeat(500);

let scratch: string;
let site: string;
let serving: Serving;
let plain: string;
let secure: string;

before(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'cs-http-'));
  site = mkdtempSync(join(tmpdir(), 'cs-site-'));
  writeFileSync(join(site, 'index.html'), '<h1>home</h1>\n');
  writeFileSync(join(site, 'large.bin'), LARGE);
  writeFileSync(join(site, 'a.txt'), TEXT);
  serving = await serve(['http', 'https', '--files', site], { data: false });
  plain = `http://127.0.0.1:${serving.port('http')}`;
  secure = `https://127.0.0.1:${serving.port('https')}`;
});

after(async () => {
  await serving.stop();
  for (const directory of [scratch, site]) rmSync(directory, { recursive: true, force: true });
});

const at = (name: string): string => join(scratch, name);
const whole = (name: string): boolean => readFileSync(at(name)).equals(LARGE);

describe('curl', { skip: absent('curl') }, () => {
  const curl = (...args: string[]) => sh(tool('curl') ?? '', ['-sS', '-k', '--fail', ...args]);

  test('a part, several parts, and a download gone on with', async () => {
    assert.equal((await curl('-r', '10-19', `${plain}/a.txt`)).stdout, TEXT.slice(10, 20));
    const { stdout } = await curl('-r', '0-4,100-104', '-D', at('head'), `${plain}/a.txt`);
    assert.match(readFileSync(at('head'), 'latin1'), /multipart\/byteranges/);
    assert.equal(stdout.match(/Content-Range: bytes /g)?.length, 2);
    writeFileSync(at('resumed'), LARGE.subarray(0, 1_234_567));
    assert.equal((await curl('-C', '-', '-o', at('resumed'), `${plain}/large.bin`)).code, 0);
    assert.ok(whole('resumed'));
  });

  test('only when it is newer, or another', async () => {
    await curl('-o', at('once'), '--etag-save', at('etag'), `${plain}/a.txt`);
    const again = await curl('-o', at('twice'), '-w', '%{http_code}', '--etag-compare', at('etag'), `${plain}/a.txt`);
    assert.equal(again.stdout, '304');
    const dated = await curl('-o', at('thrice'), '-w', '%{http_code}', '-z', join(site, 'a.txt'), `${plain}/a.txt`);
    assert.equal(dated.stdout, '304');
  });

  for (const version of ['--http1.1', '--http2']) {
    test(`TLS, whole and compressed (${version})`, async () => {
      assert.equal((await curl(version, '-o', at('tls'), `${secure}/large.bin`)).code, 0);
      assert.ok(whole('tls'));
      assert.equal((await curl(version, '--compressed', `${secure}/a.txt`)).stdout, TEXT);
      const wanted = version === '--http2' ? '2' : '1.1';
      assert.equal((await curl(version, '-o', at('v'), '-w', '%{http_version}', `${secure}/`)).stdout, wanted);
    });
  }
});

test('wget2: over HTTP/2 and HTTP/1.1, and gone on with', { skip: absent('wget2') }, async () => {
  const wget = (...args: string[]) => sh(tool('wget2') ?? '', ['-q', '--no-check-certificate', ...args]);
  for (const [name, more] of [
    ['w2', []],
    ['w1', ['--no-http2']],
  ] as const) {
    assert.equal((await wget(...more, '-O', at(name), `${secure}/large.bin`)).code, 0);
    assert.ok(whole(name));
  }
  writeFileSync(at('large.bin'), LARGE.subarray(0, 777_777));
  assert.equal((await wget('-c', '-P', scratch, `${plain}/large.bin`)).code, 0);
  assert.ok(whole('large.bin'));
});

test('aria2: one file in many ranges at once', { skip: absent('aria2c') }, async () => {
  const args = ['-q', '-x8', '-s8', '-k1M', '--check-certificate=false', '-d', scratch];
  for (const [name, url] of [
    ['aria1', plain],
    ['aria2', secure],
  ] as const) {
    const ran = await sh(tool('aria2c') ?? '', [...args, '-o', name, `${url}/large.bin`]);
    assert.equal(ran.code, 0, ran.stdout);
    assert.ok(whole(name));
  }
});

test('h2load: every one of many streams is answered: none reset, and 503 where the machine does not keep up', {
  skip: absent('h2load'),
}, async () => {
  const run = (...args: string[]) => sh(tool('h2load') ?? '', args);
  for (const args of [
    ['-n2000', '-c16', '-m16', `${secure}/a.txt`],
    ['-n2000', '-c16', '--npn-list=http/1.1', `${secure}/a.txt`],
    ['-n60', '-c4', '-m15', `${secure}/large.bin`],
  ]) {
    const { stdout } = await run(...args);
    const [, total = '', done = '', errored = ''] = /(\d+) total, .* (\d+) done, .* (\d+) errored/.exec(stdout) ?? [];
    const [, good = '', busy = ''] = /(\d+) 2xx, 0 3xx, 0 4xx, (\d+) 5xx/.exec(stdout) ?? [];
    assert.deepEqual([done, errored], [total, '0'], stdout);
    assert.equal(Number(good) + Number(busy), Number(total), stdout);
    assert.ok(Number(good) > 0, stdout);
  }
});

test('sslscan: TLS 1.2 and 1.3, sound ciphers only', { skip: absent('sslscan') }, async () => {
  const { stdout } = await sh(tool('sslscan') ?? '', ['--no-colour', secure.replace('https://', '')]);
  for (const version of ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'])
    assert.match(stdout, new RegExp(`${version} +disabled`));
  for (const version of ['TLSv1.2', 'TLSv1.3']) assert.match(stdout, new RegExp(`${version} +enabled`));
  const ciphers = stdout.match(/^(?:Preferred|Accepted) .*$/gm) ?? [];
  assert.ok(ciphers.length > 0);
  for (const line of ciphers) assert.doesNotMatch(line, /RC4|DES|MD5|NULL|EXP|anon|CBC|\b(?:40|56|64|112) bits/);
  assert.match(stdout, /not vulnerable to heartbleed/);
  assert.match(stdout, /Session renegotiation not supported|Secure session renegotiation supported/);
});

for (const [name, flags] of [
  ['slow headers', ['-H', '-i', '2']],
  ['slow bodies', ['-B', '-i', '2']],
  ['slow readers', ['-X', '-w', '8', '-y', '16', '-n', '2', '-z', '8', '-k', '3']],
  ['overlapping ranges', ['-R', '-a', '1', '-b', '1000']],
] as const) {
  test(`HT-25 slowhttptest, ${name}: others are served meanwhile`, { skip: absent('slowhttptest') }, async () => {
    const target = name === 'slow readers' ? `${plain}/large.bin` : `${plain}/a.txt`;
    const args = [...flags, '-c', '300', '-r', '150', '-l', '20', '-p', '20', '-u', target];
    const attack = sh(tool('slowhttptest') ?? '', args, { timeout: 60_000 });
    let ended = false;
    void attack.then(() => {
      ended = true;
    });
    let served = 0;
    try {
      while (!ended) {
        const ran = await sh(tool('curl') ?? '', ['-sS', '--max-time', '45', `${plain}/a.txt`]);
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(ran.stdout, TEXT);
        if (!ended) served += 1;
      }
    } finally {
      // The next test is to have the server for itself.
      await attack;
    }
    // Three hundred that come at once are seconds of work on a slow machine; who waits for them to go is served once.
    assert.ok(served >= 5, `${served} were served in twenty seconds`);
    assert.doesNotMatch((await attack).stdout, /service available: +NO/);
  });
}

/** What a proxy in front is asked, and what comes out behind it. */
const THROUGH: readonly string[] = [
  'GET /a.txt HTTP/1.1\r\nHost: localhost\r\n',
  'GET /%61.txt?x=1 HTTP/1.1\r\nHost: localhost\r\n',
  'GET //a.txt HTTP/1.1\r\nHost: localhost\r\n',
  'GET /x/../a.txt HTTP/1.1\r\nHost: localhost\r\n',
  'GET /..%2fa.txt HTTP/1.1\r\nHost: localhost\r\n',
  'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n',
  'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n',
  'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n',
  'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n',
  'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n',
  'POST /a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 44\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n',
  'POST /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n',
];

const END = 'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Says it, and reads until the end. */
async function said(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.end(text);
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(parts).toString('latin1');
}

async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((done) => {
      socket.once('connect', () => done(true)).once('error', () => done(false));
    });
    socket.destroy();
    if (open) return;
  }
}

const PROXIES = {
  nginx: (port: number, to: number, dir: string): [string, string[], string] => [
    `daemon off; pid ${dir}/nginx.pid; error_log /dev/null; events {} http { access_log off;
     client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
     upstream us { server 127.0.0.1:${to}; keepalive 4; }
     server { listen 127.0.0.1:${port}; location / { proxy_pass http://us; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection ""; } } }`,
    ['-p', dir, '-c', `${dir}/conf`],
    `${dir}/conf`,
  ],
  haproxy: (port: number, to: number, dir: string): [string, string[], string] => [
    `defaults\n mode http\n timeout connect 5s\n timeout client 10s\n timeout server 10s\n http-reuse always\nfrontend f\n bind 127.0.0.1:${port}\n default_backend b\nbackend b\n server us 127.0.0.1:${to}\n`,
    ['-f', `${dir}/conf`],
    `${dir}/conf`,
  ],
};

for (const name of ['nginx', 'haproxy'] as const) {
  test(`${name} in front: no request more than it was sent, and each as it was sent`, {
    skip: absent(name),
  }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'cs-proxy-'));
    const port = await freePort();
    const [config, args, file] = PROXIES[name](port, serving.port('http'), dir);
    writeFileSync(file, config);
    const proxy = spawn(tool(name) ?? '', args, { stdio: 'ignore' });
    const ended = once(proxy, 'exit');
    try {
      await accepts(port);
      // After an attack it may refuse for a moment, which is no fact of the journal.
      while (!/^HTTP\/1\.1 200 /.test(await said(port, END))) await sleep(100);
      const { stdout: mark } = await serving.cs('mark');
      for (const text of THROUGH) await said(port, `${text}\r\n`);
      const last = setInterval(() => void said(port, END.replace('/a.txt', '/the-end')), 300);
      const seen = await requestsAfter(mark.trim()).finally(() => clearInterval(last));
      const paths = seen.map(({ path }) => path);
      assert.ok(seen.filter(({ path }) => path !== '/the-end').length <= THROUGH.length + 1, paths.join(' '));
      const own = seen.filter(({ path }) => path === '/smuggled');
      // The body of a POST with a length is no request; what follows an empty chunked body is one that was sent.
      assert.ok(own.length <= 1, paths.join(' '));
      for (const { host, path } of seen) {
        assert.equal(host, 'localhost');
        assert.match(path, /^\/(?:a\.txt|%61\.txt|\.\.%2fa\.txt|x\/\.\.\/a\.txt|smuggled|the-end)$/);
      }
    } finally {
      proxy.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

interface Seen {
  readonly path: string;
  readonly host: string | undefined;
}

/** The journal's requests up to the one that ends it. */
async function requestsAfter(mark: string): Promise<readonly Seen[]> {
  const url = `http://localhost/v1/journal?after=${mark}&events=request`;
  const args = ['-sSN', '--unix-socket', serving.ready.control.socket, url];
  const child = spawn(tool('curl') ?? '', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const seen: Seen[] = [];
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.filter((one) => one !== '')) {
      const { path, headers } = JSON.parse(line) as { path: string; headers: Record<string, string> };
      seen.push({ path, host: headers.host });
    }
    if (seen.some(({ path }) => path === '/the-end')) break;
  }
  child.kill();
  return seen;
}
