/** `cs serve http --workers N`: several processes that look like one from every side. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { CS, type Serving, serve, sh } from '../interop/server.ts';
import { noise } from '../property.ts';

const base = mkdtempSync(join(tmpdir(), 'cs-serve-workers-'));
after(() => rmSync(base, { recursive: true }));
/** Much is waited for here, and what never comes is to be told. */
const TIME = { timeout: 120_000 };

function root(name: string): string {
  const dir = join(base, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'a.txt'), 'hello\n');
  return dir;
}

interface Said {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Each on a connection of its own, so that the next worker has it. */
function say(port: number, method: string, path: string, how: RequestOptions & { body?: Buffer } = {}): Promise<Said> {
  const { body, ...more } = how;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, agent: false, ...more }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() });
    });
    asked.on('error', reject).end(body);
  });
}

interface WorkerState {
  readonly pid: number | null;
  readonly accepted: number;
}

/** What each worker has counted, once `done` says it is what is waited for. */
async function workers(
  serving: Serving,
  done: (of: readonly WorkerState[]) => boolean,
): Promise<readonly WorkerState[]> {
  const agent = new Agent({ keepAlive: true });
  try {
    for (;;) {
      const { servers } = JSON.parse(await control(serving, '/v1/state', agent));
      const found = servers[0].workers as readonly WorkerState[];
      if (done(found)) return found;
    }
  } finally {
    agent.destroy();
  }
}

/** Connections that stay, so many at each worker: whose one is, is told by who has accepted one more. */
async function placed(serving: Serving, each: number): Promise<readonly Agent[][]> {
  const total = (of: readonly WorkerState[]): number => of.reduce((sum, { accepted }) => sum + accepted, 0);
  let before = await workers(serving, () => true);
  const found: Agent[][] = before.map(() => []);
  while (found.some((agents) => agents.length < each)) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await say(serving.port('http'), 'GET', '/a.txt', { agent });
    const now = await workers(serving, (of) => total(of) > total(before));
    const whose = now.findIndex(({ accepted }, at) => accepted > before[at]!.accepted);
    before = now;
    if (found[whose]!.length < each) found[whose]!.push(agent);
    else agent.destroy();
  }
  return found;
}

async function control(serving: Serving, path: string, agent: Agent): Promise<string> {
  const options = { socketPath: serving.ready.control.socket, path, agent, headers: { host: 'localhost' } };
  const [answer] = (await once(get(options), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** It has ended; that nobody has asked how it ended, as in a container whose first process asks nobody, is not its fault. */
const gone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return existsSync('/proc/self/stat') && / Z \S+ [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
};

describe('one server', () => {
  test('facts, marks, metrics and the access log are whole, whichever worker answered', TIME, async () => {
    const dir = root('whole');
    const log = join(base, 'access.log');
    const serving = await serve(['http', dir, '--workers', '2', '--metrics', '/metrics', '--access-log', log]);
    try {
      const port = serving.port('http');
      const { stdout: before } = await serving.cs('mark', 'request');
      const asked = Array.from({ length: 20 }, (_, at) => say(port, 'GET', `/a.txt?n=${at}`));
      for (const { status, body } of await Promise.all(asked)) assert.deepEqual([status, body], [200, 'hello\n']);
      const { stdout: between } = await serving.cs('mark', 'request');
      const none = await serving.cs('wait', 'request', '--after', between.trim(), '--none', '--for', '1ms');
      assert.equal(none.code, 0, 'what was answered before a mark is before it');
      const wait = ['wait', 'request', '--path', '/a.txt', '--count', '20', '--after', before.trim()];
      assert.equal((await serving.cs(...wait)).code, 0);
      const text = (await say(port, 'GET', '/metrics')).body;
      assert.match(text, /^cs_http_requests_total\{method="GET",code="200"\} 20$/m);
      const lines = () => readFileSync(log, 'utf8').match(/"GET \/a\.txt\?n=\d+ HTTP\/1\.1" 200 6 /g)?.length ?? 0;
      // Each worker writes its own, at the end of its turn.
      while (lines() < 20) await new Promise(setImmediate);
      assert.equal(lines(), 20);
      // Who is free gets the next one, so on a busy machine the shares are even only in the long run.
      let both = await workers(serving, (of) => of.reduce((sum, { accepted }) => sum + accepted, 0) >= 21);
      while (!both.every(({ accepted }) => accepted > 5)) {
        await Promise.all(Array.from({ length: 20 }, () => say(port, 'GET', '/a.txt')));
        both = await workers(serving, () => true);
      }
    } finally {
      assert.equal(await serving.stop(), 0);
    }
  });

  test('an account is the same at every worker, and a guess is held against its source by all of them', async () => {
    const data = join(base, 'accounts');
    const added = await sh(process.execPath, [CS, 'user', 'add', 'ann', '--generate', '--data', data]);
    assert.equal(added.code, 0, added.stderr);
    const args = ['http', root('login'), '--workers', '2', '--auth', 'required', '--throttle-loopback'];
    const serving = await serve(args, { data });
    try {
      const port = serving.port('http');
      const as = (password: string) => ({ headers: { authorization: `Basic ${btoa(`ann:${password}`)}` } });
      for (let at = 0; at < 4; at++) {
        assert.equal((await say(port, 'GET', '/a.txt', as(added.stdout.trim()))).status, 200);
        assert.equal((await say(port, 'GET', '/a.txt')).status, 401);
      }
      // A guess costs its source five seconds, and above fifteen it is shut out: three are free at one worker alone.
      const [mine, other] = (await placed(serving, 3)) as [Agent[], Agent[]];
      const guesses = [...mine, ...other].map((agent) => say(port, 'GET', '/a.txt', { agent, ...as('guess') }));
      const told = (await Promise.all(guesses)).map(({ status }) => status);
      assert.deepEqual(
        told.filter((status) => status !== 401 && status !== 429),
        [],
      );
      assert.ok(told.filter((status) => status === 401).length >= 4, told.join());
      // All six were guessed before the fourth was told, or some of them have met it already.
      if (!told.includes(429)) {
        const next = await say(port, 'GET', '/a.txt', { agent: mine[0], ...as('guess') });
        assert.equal(next.status, 429, 'AU-01 each worker had three');
      }
      for (const agent of [...mine, ...other]) agent.destroy();
    } finally {
      assert.equal(await serving.stop(), 0);
    }
  });

  test('a file is waited for, and a captured request is kept', async () => {
    const dir = root('waits');
    const serving = await serve(['http', dir, '--workers', '2', '--write', '--capture', '/hook'], { data: true });
    try {
      const port = serving.port('http');
      const found = serving.cs('wait', 'file', '--name', 'new.txt', '--print', 'path');
      assert.equal((await say(port, 'PUT', '/new.txt', { body: Buffer.from('new') })).status, 201);
      assert.match((await found).stdout, /new\.txt/);
      const event = Buffer.from('{"event":"paid"}');
      const headers = { 'content-type': 'application/json' };
      assert.equal((await say(port, 'POST', '/hook', { body: event, headers })).status, 200);
      const hook = await serving.cs('wait', 'request', '--path', '/hook', '--print', 'body');
      assert.equal(hook.stdout.trim(), event.toString());
    } finally {
      assert.equal(await serving.stop(), 0);
    }
  });

  test('an upload by tus goes from worker to worker', async () => {
    const dir = root('tus');
    const serving = await serve(['http', dir, '--workers', '3', '--write']);
    try {
      const port = serving.port('http');
      const content = noise(300_000);
      const tus = { 'tus-resumable': '1.0.0' };
      const filename = `filename ${Buffer.from('big.bin').toString('base64')}`;
      const made = await say(port, 'POST', '/', {
        headers: { ...tus, 'upload-length': String(content.length), 'upload-metadata': filename },
      });
      assert.equal(made.status, 201);
      const where = made.headers.location!;
      for (let offset = 0; offset < content.length; offset += 60_000) {
        const told = await say(port, 'HEAD', where, { headers: tus });
        assert.equal(told.headers['upload-offset'], String(offset));
        const headers = { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
        const sent = await say(port, 'PATCH', where, { headers, body: content.subarray(offset, offset + 60_000) });
        assert.equal(sent.status, 204);
      }
      const hash = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
      assert.equal(hash(readFileSync(join(dir, 'big.bin'))), hash(content));
    } finally {
      assert.equal(await serving.stop(), 0);
    }
  });

  test('an upload by tus that another worker still writes is taken over: the newest request has it', async () => {
    const dir = root('tus-taken');
    const serving = await serve(['http', dir, '--workers', '3', '--write']);
    try {
      const port = serving.port('http');
      const content = noise(60_000);
      const tus = { 'tus-resumable': '1.0.0' };
      const filename = `filename ${Buffer.from('taken.bin').toString('base64')}`;
      const made = await say(port, 'POST', '/', {
        headers: { ...tus, 'upload-length': String(content.length), 'upload-metadata': filename },
      });
      const path = made.headers.location!;
      const type = { ...tus, 'content-type': 'application/offset+octet-stream' };
      let offset = 0;
      // More than there are workers: whichever writes, another one is asked.
      for (let round = 0; round < 5; round++) {
        const length = { 'content-length': String(content.length - offset), expect: '100-continue' };
        const headers = { ...type, ...length, 'upload-offset': String(offset) };
        const older = request({ port, host: '127.0.0.1', method: 'PATCH', path, headers, agent: false });
        const answered = once(older, 'response') as Promise<[IncomingMessage]>;
        // The server reads no more of it then: what was on its way may come back as a reset, behind the answer.
        older.on('error', () => {});
        older.flushHeaders();
        await once(older, 'continue');
        older.write(content.subarray(offset, offset + 5000));
        const told = await say(port, 'HEAD', path, { headers: tus });
        assert.equal(told.status, 200, `round ${round}`);
        const [refused] = await answered;
        assert.equal(refused.statusCode, 409);
        older.destroy();
        offset = Number(told.headers['upload-offset']);
      }
      const headers = { ...type, 'upload-offset': String(offset) };
      assert.equal((await say(port, 'PATCH', path, { headers, body: content.subarray(offset) })).status, 204);
      assert.ok(readFileSync(join(dir, 'taken.bin')).equals(content));
    } finally {
      assert.equal(await serving.stop(), 0);
    }
  });

  test('a TLS session of one worker is taken by the others', async () => {
    const serving = await serve(['http', root('tls'), '--workers', '2', '--tls', 'on']);
    try {
      const port = serving.port('http');
      const how = { port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost' };
      const first = connectTls(how);
      const [session] = (await once(first, 'session')) as [Buffer];
      first.destroy();
      for (let at = 0; at < 4; at++) {
        const next = connectTls({ ...how, session });
        await once(next, 'secureConnect');
        assert.equal(next.isSessionReused(), true);
        next.destroy();
      }
    } finally {
      await serving.stop();
    }
  });

  test('its ready line and its answers to a full house are those of one server', async () => {
    const serving = await serve(['http', root('limit'), '--workers', '2', '--connections', '4']);
    try {
      assert.equal((serving.ready as unknown as { workers: number }).workers, 2);
      const port = serving.port('http');
      const held = Array.from({ length: 16 }, () => connect(port, '127.0.0.1'));
      const answers = await Promise.all(held.map(firstWords));
      const count = (begin: string): number => answers.filter((text) => text.startsWith(begin)).length;
      const inside = count('HTTP/1.1 200 ');
      assert.ok(inside >= 2 && inside <= 4, `HT-35 all workers together hold the whole: ${inside}`);
      assert.ok(count('HTTP/1.1 503 ') >= 1);
      for (const text of answers)
        assert.ok(text === '' || text.includes('HTTP/1.1 200') || /\r\nRetry-After: 1\r\n/.test(text));
      for (const socket of held) socket.destroy();
    } finally {
      await serving.stop();
    }
  });
});

/** What a client hears first; nothing where it is dropped. */
async function firstWords(socket: Socket): Promise<string> {
  socket.on('error', () => {});
  socket.write('GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return new Promise((resolve) => {
    socket.once('data', (chunk) => resolve(String(chunk))).once('close', () => resolve(''));
  });
}

describe('life and death', () => {
  test(
    'a worker that dies is replaced, the death is a warning, and nothing that was counted is lost',
    TIME,
    async () => {
      const serving = await serve(['http', root('death'), '--workers', '2', '--metrics', '/metrics']);
      try {
        const port = serving.port('http');
        for (let at = 0; at < 6; at++) await say(port, 'GET', '/a.txt');
        // Reading them brings every count to the first process, but that of this answer itself.
        assert.match((await say(port, 'GET', '/metrics')).body, /\{method="GET",code="200"\} 6\n/);
        assert.match((await say(port, 'GET', '/metrics')).body, /\{method="GET",code="200"\} 7\n/);
        const [victim] = await workers(serving, (of) => of.every(({ pid }) => pid !== null));
        let said = '';
        serving.child.stdout!.on('data', (chunk) => {
          said += chunk;
        });
        process.kill(victim!.pid!, 'SIGKILL');
        const now = await workers(serving, (of) => of.every(({ pid }) => pid !== null && pid !== victim!.pid));
        assert.equal(now.length, 2);
        for (let at = 0; at < 4; at++) await say(port, 'GET', '/later');
        const text = (await say(port, 'GET', '/metrics')).body;
        assert.match(text, /\{method="GET",code="200"\} [78]\n/);
        assert.match(text, /\{method="GET",code="404"\} 4\n/);
        const death = `"reason":"worker.died","pid":${victim!.pid},"how":"SIGKILL"`;
        while (!said.includes(death)) await once(serving.child.stdout!, 'data');
        assert.ok(said.includes('"event":"warning"'), said);
      } finally {
        assert.equal(await serving.stop(), 0);
      }
    },
  );

  test('SIGTERM: what is being answered is answered, then nothing is left', async () => {
    const dir = root('drain');
    writeFileSync(join(dir, 'big.bin'), Buffer.alloc(30_000_000, 'x'));
    const serving = await serve(['http', dir, '--workers', '2']);
    const pids = (await workers(serving, (of) => of.every(({ pid }) => pid !== null))).map(({ pid }) => pid!);
    const asked = get({ host: '127.0.0.1', port: serving.port('http'), path: '/big.bin', agent: false });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const stopped = serving.stop();
    let octets = 0;
    for await (const chunk of answer) octets += (chunk as Buffer).length;
    assert.equal(octets, 30_000_000);
    assert.equal(await stopped, 0);
    assert.deepEqual(pids.map(gone), [true, true]);
  });

  test('AU-09 when the first process is killed, the workers end too', TIME, async () => {
    const serving = await serve(['http', root('orphans'), '--workers', '2']);
    const pids = (await workers(serving, (of) => of.every(({ pid }) => pid !== null))).map(({ pid }) => pid!);
    serving.child.kill('SIGKILL');
    while (!pids.every(gone)) await new Promise(setImmediate);
  });
});

test('cs.yaml says it too', async () => {
  const dir = root('file');
  const config = join(base, 'cs.yaml');
  writeFileSync(config, 'workers: 2\n');
  const serving = await serve(['http', dir, '--config', config]);
  try {
    assert.equal((serving.ready as unknown as { workers: number }).workers, 2);
  } finally {
    assert.equal(await serving.stop(), 0);
  }
});

describe('what several processes cannot do', () => {
  const rows: [string, string[], RegExp][] = [
    ['mail', ['smtp', '--workers', '2'], /smtp is served by one process/],
    ['one more service', ['http', 'ftp', '--workers', '2'], /ftp is served by one process/],
    ['a quota', ['http', '--workers', '2', '--file-quota', '1m'], /a quota of files is counted in one process/],
    ['a Unix socket', ['http', '--workers', '2', '--socket', '/tmp/x.sock'], /addresses and ports only/],
    ['none', ['http', '--workers', '0'], /whole number from 1 to 64/],
  ];
  for (const [name, args, said] of rows) {
    test(name, async () => {
      const ran = await sh(process.execPath, [CS, 'serve', ...args, '--port', '0', '--name', `w${process.pid}`]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(ran.stderr, said);
    });
  }

  test('a port that is in use is told as ever', async () => {
    const first = await serve(['http', root('busy')]);
    try {
      const port = String(first.port('http'));
      const args = ['serve', 'http', root('busy'), '--workers', '2', '--port', port, '--name', `b${process.pid}`];
      const ran = await sh(process.execPath, [CS, ...args]);
      assert.equal(ran.code, 14, ran.stderr);
      assert.match(ran.stderr, new RegExp(`port ${port} is in use by .+\\(pid ${first.child.pid}\\)`));
    } finally {
      await first.stop();
    }
  });
});
