/** `cs mark`, `cs wait` and `cs clear` from argv, against an instance behind its control socket. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { clearCommand } from '../../src/commands/clear/command.ts';
import type { Command, CommandContext } from '../../src/commands/command.ts';
import { commandOptions, settle } from '../../src/commands/context.ts';
import { getCommand } from '../../src/commands/get/command.ts';
import { markCommand } from '../../src/commands/mark/command.ts';
import { findCommand, parseArguments } from '../../src/commands/parse.ts';
import {
  waitFileCommand,
  waitMailCommand,
  waitPortCommand,
  waitRequestCommand,
} from '../../src/commands/wait/command.ts';
import { asCsError, type CsError } from '../../src/kit/errors.ts';
import { deliver, envelope, message } from '../conformance/harness.ts';
import { OWN } from '../net/own-address.ts';
import { type ControlStage, controlStage } from '../protocols/control/stage.ts';

const COMMANDS = [
  ...[getCommand, markCommand, clearCommand, waitMailCommand, waitPortCommand, waitRequestCommand, waitFileCommand],
] as readonly unknown[] as Command[];
const PLAIN = { bold: String, dim: String, red: String, green: String, yellow: String, cyan: String, plate: String };
/** For what does not come, where it is told what came in its place: that has to be read within the time. */
const SHORT = ['--timeout', '1s'];
const scratch = mkdtempSync(join(tmpdir(), 'cs-wait-'));
let stage: ControlStage;
before(async () => {
  stage = await controlStage();
});
beforeEach(() => stage.store.mail.clear());
after(async () => {
  await stage.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Ran {
  readonly out: string;
  readonly object: Record<string, unknown>;
  readonly error: CsError | undefined;
}

/** One command line as `main` runs it, but for the screen. */
async function cs(...line: string[]): Promise<Ran> {
  const { command, words } = findCommand(line, COMMANDS);
  const parsed = parseArguments(command, commandOptions(command), line.slice(words));
  const env = { XDG_CONFIG_HOME: scratch, CS_CONTROL: stage.socket };
  const { options, sections, origins } = await settle(command, parsed, env, scratch);
  const out: string[] = [];
  let object: Record<string, unknown> = {};
  const ui = {
    json: options.json !== undefined,
    result: async (result: Record<string, unknown>, human: (paint: typeof PLAIN) => string) => {
      object = result;
      out.push(human(PLAIN));
    },
    bytes: async (chunk: Uint8Array | string) => void out.push(Buffer.from(chunk).toString()),
    log: () => {},
    note: () => {},
    warn: () => {},
    verbose: 0,
  };
  const signal = new AbortController().signal;
  const ctx = {
    options,
    sections,
    operands: parsed.operands,
    rest: [],
    ui,
    signal,
    env,
    version: '0',
    commands: COMMANDS,
    origin: (key: string) => origins[key] ?? 'default',
  };
  try {
    await (await command.load()).run(ctx as unknown as CommandContext);
    return { out: out.join(''), object, error: undefined };
  } catch (error) {
    return { out: out.join(''), object, error: asCsError(error) };
  }
}

const mail = (subject: string, body = 'hello\r\n', to = 'ann@x.test'): Promise<string> =>
  deliver(stage.store.delivery, message(subject, body, to), [to]);

test('get of an instance: as JSON, with who delivered it and the conversation', async () => {
  const draft = await stage.store.delivery.open({
    ...envelope(['ann@x.test']),
    session: { ...envelope([]).session!, transcript: () => 'C: .\nS: 250 ok, stored as ' },
  });
  await draft.write(message('hi'));
  const { id } = await draft.commit();
  const { object, error } = await cs('get', `cs:///mail/${id}`, '--json');
  assert.equal(error, undefined);
  assert.equal(object.transcript, `C: .\nS: 250 ok, stored as ${id}`);
  assert.deepEqual(object.delivered, {
    server: 'smtp',
    conn: 'c1',
    with: 'ESMTP',
    helo: 'client.test',
    address: '127.0.0.1',
    user: null,
    secure: false,
  });
});

describe('cs wait mail', () => {
  test('what is stored counts; the id is printed', async () => {
    const id = await mail('Welcome');
    const { out, object } = await cs('wait', 'mail', '--to', 'ANN@');
    assert.equal(out, id);
    assert.equal(object.schema, 'cs.wait/1');
    assert.equal(object.matched, 1);
  });

  test('what was removed is not stored; behind a cursor it arrived all the same', async () => {
    const cursor = (await cs('mark', 'mail')).out;
    const gone = await mail('gone');
    const view = await stage.store.mail.of('*');
    await view.remove('INBOX', [Number(gone)]);
    const { error } = await cs('wait', 'mail', ...SHORT);
    assert.equal(error?.exit, 124);
    assert.match(error?.message ?? '', /\(it was removed\)/);
    assert.equal((await cs('wait', 'mail', '--after', cursor)).out, gone);
    const id = await mail('there');
    assert.equal((await cs('wait', 'mail')).out, id);
  });

  test('after a cursor only what came later, also before the call', async () => {
    await mail('old');
    const cursor = (await cs('mark', 'mail')).out;
    assert.match(cursor, /^\d+$/);
    const id = await mail('new');
    assert.equal((await cs('wait', 'mail', '--after', cursor)).out, id);
  });

  test('what comes during the wait is pushed', async () => {
    const waiting = cs('wait', 'mail', '--subject', '/^late/');
    await mail('other');
    const id = await mail('late one');
    assert.equal((await waiting).out, id);
  });

  test('subject, from, header and body; extract and print', async () => {
    const body = 'Your code is 482913, or open https://app.test/verify?t=1.\r\n';
    const id = await mail('Please verify', body);
    const match = [
      '--subject',
      '/VERIFY/i',
      '--from',
      'bob',
      '--header',
      'Message-ID: please.verify',
      '--body',
      'YOUR CODE',
    ];
    assert.equal((await cs('wait', 'mail', ...match)).out, id);
    assert.equal((await cs('wait', 'mail', '--extract', 'code')).out, '482913');
    assert.equal((await cs('wait', 'mail', '--extract', 'link:/verify/')).out, 'https://app.test/verify?t=1');
    assert.equal((await cs('wait', 'mail', '--extract', 'header:subject')).out, 'Please verify');
    assert.equal((await cs('wait', 'mail', '--print', 'raw')).out, message('Please verify', body).toString());
    assert.equal((await cs('wait', 'mail', '--print', 'body')).out, body);
    assert.match((await cs('wait', 'mail', '--print', 'text')).out, /^Your code is 482913/);
    assert.equal(JSON.parse((await cs('wait', 'mail', '--print', 'json')).out).subject, 'Please verify');
  });

  test('HTML only: code and link are found in it', async () => {
    const raw = Buffer.from(
      'From: a@x.test\r\nTo: ann@x.test\r\nSubject: h\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' +
        '<style>b{color:#1234=\r\n56}</style><p>Code <b>77=\r\n31</b> <a href=3D"https://a.test/?a=3D1&amp;b=3D2">go</a>\r\n',
    );
    await deliver(stage.store.delivery, raw, ['ann@x.test']);
    assert.equal((await cs('wait', 'mail', '--extract', 'code')).out, '7731');
    assert.equal((await cs('wait', 'mail', '--extract', 'link')).out, 'https://a.test/?a=1&b=2');
  });

  test('at the time limit: exit 124 and near misses as people read them', async () => {
    const first = await mail('Welcome');
    const second = await mail('News', 'x\r\n', 'bob@x.test');
    const { error, out } = await cs('wait', 'mail', '--to', 'ann', '--subject', '/verify/i', ...SHORT);
    assert.equal(error?.exit, 124);
    assert.equal(out, '');
    assert.equal(
      error?.message,
      `2 messages arrived, none matched: #${first} to ann@x.test subject "Welcome" (subject did not match /verify/i), ` +
        `#${second} to bob@x.test subject "News" (recipient did not match "ann")`,
    );
    const extract = await cs('wait', 'mail', '--extract', 'code', ...SHORT);
    assert.match(extract.error?.message ?? '', /\(no code of 4 to 8 digits in it\)/);
  });

  test('nothing at all: exit 124, said so', async () => {
    const { error } = await cs('wait', 'mail', '--timeout', '100ms');
    assert.deepEqual([error?.exit, error?.message], [124, 'no message arrived within 100 ms']);
  });

  test('--none: silence is asserted, both ways', async () => {
    await mail('Welcome');
    const quiet = await cs('wait', 'mail', '--to', 'bob@x.test', '--none', '--for', '100ms');
    assert.equal(quiet.error, undefined);
    const broken = await cs('wait', 'mail', '--to', 'ann', '--none', '--for', '30s');
    assert.equal(broken.error?.exit, 1);
    assert.match(broken.error?.message ?? '', /^#\d+ to ann@x\.test subject "Welcome" arrived/);
  });

  test('--count: exactly so many, too many is 1, too few is 124', async () => {
    for (const subject of ['a', 'b', 'c']) await mail(subject);
    assert.equal((await cs('wait', 'mail', '--count', '3')).object.matched, 3);
    assert.equal((await cs('wait', 'mail', '--count', '2')).error?.exit, 1);
    const few = await cs('wait', 'mail', '--count', '4', ...SHORT);
    assert.deepEqual([few.error?.exit, few.error?.message], [124, '3 messages arrived, 3 of 4 matched']);
  });

  test('--claim: parallel waiters get different messages', async () => {
    const waiters = Array.from({ length: 6 }, () => cs('wait', 'mail', '--claim'));
    const ids = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((subject) => mail(subject)));
    const got = (await Promise.all(waiters)).map(({ out }) => out);
    assert.deepEqual([...got].sort(), [...ids].sort());
    const none = await cs('wait', 'mail', '--claim', ...SHORT);
    assert.match(none.error?.message ?? '', /another wait took it/);
  });

  test('what a wait took was expected, the rest was not', async () => {
    await mail('expected');
    const id = await mail('surprise');
    await cs('wait', 'mail', '--subject', 'expected');
    const left = await stage.store.journal.unclaimed(['mail.stored']);
    assert.deepEqual(
      left.map((fact) => fact.id),
      [id],
    );
  });

  test('hostile mail is escaped in what people read', async () => {
    await deliver(stage.store.delivery, message('=?utf-8?q?=1B]52;c;x=07=0A::error::y?='), ['ann@x.test']);
    const { error } = await cs('wait', 'mail', '--subject', 'nothing', ...SHORT);
    assert.match(error?.message ?? '', /^1 message arrived, none matched: .*error/);
    assert.doesNotMatch(error?.message ?? '', /[\u0000-\u001f]/);
  });

  test('reports are written, whatever the end', async () => {
    const file = join(scratch, 'junit.xml');
    await cs('wait', 'mail', '--timeout', '50ms', '--report', `junit=${file}`);
    assert.match(readFileSync(file, 'utf8'), /failures="1"[\s\S]*no message arrived within 50 ms/);
    await mail('a');
    await cs('wait', 'mail', '--report', `junit=${file}`);
    assert.match(readFileSync(file, 'utf8'), /failures="0"/);
  });

  for (const wrong of [
    ['--none'],
    ['--for', '2s'],
    ['--none', '--for', '1s', '--claim'],
    ['--extract', 'nonsense'],
    ['--subject', '/(/'],
    ['--header', 'no colon'],
  ]) {
    test(`${wrong.join(' ')}: exit 2`, async () => {
      assert.equal((await cs('wait', 'mail', ...wrong)).error?.exit, 2);
    });
  }
});

describe('cs mark and cs clear', () => {
  test('clear says how many, and cursors stay valid', async () => {
    await mail('a');
    await mail('b');
    const { object } = await cs('mark');
    assert.equal((await cs('clear', 'mail', '--dry-run')).out, 'would clear 2 messages');
    assert.deepEqual((await cs('clear', 'mail')).object, {
      schema: 'cs.clear/1',
      kind: 'mail',
      cleared: 2,
      dry_run: false,
    });
    const id = await mail('c');
    assert.equal((await cs('wait', 'mail', '--after', String(object.cursor))).out, id);
  });
  test('of requests and files what happened is forgotten', async () => {
    await cs('clear', 'request');
    await request();
    await request();
    await stage.store.journal.add({ event: 'file.stored', path: '/a' });
    const { object } = await cs('mark');
    assert.equal((await cs('clear', 'request', '--dry-run')).out, 'would clear 2 requests');
    assert.equal((await cs('clear', 'request')).out, 'cleared 2 requests');
    assert.equal((await cs('clear', 'request')).out, 'cleared 0 requests');
    assert.equal((await cs('clear', 'file')).out, 'cleared 1 stored file');
    const cursor = await request();
    assert.ok(cursor > Number(object.cursor));
    assert.equal((await cs('wait', 'request', '--count', '1')).error, undefined);
  });
  test('another kind: exit 2 with a suggestion', async () => {
    const { error } = await cs('clear', 'mial');
    assert.deepEqual([error?.exit, error?.hint], [2, 'did you mean cs clear mail?']);
  });
});

const request = (more: object = {}): Promise<number> =>
  stage.store.journal.add({
    ...{ event: 'request', method: 'POST', path: '/hook', query: 'id=7&tag=a&tag=b', status: 204 },
    ...{
      headers: { 'x-tag': 'red', accept: ['a/b', 'c/d'] },
      body: '{"event":"paid","order":{"total":120}}',
      body_bytes: 38,
    },
    ...more,
  });

describe('cs wait request', () => {
  let after: string;
  beforeEach(async () => {
    after = (await cs('mark', 'request')).out;
  });
  const wait = (...more: string[]) => cs('wait', 'request', '--after', after, ...more);

  test('by every part of it', async () => {
    const id = String(await request());
    for (const flags of [
      ['--method', 'post'],
      ['--method', 'PUT,POST'],
      ['--path', '/hook'],
      ['--path', '/h*'],
      ['--path', '/**'],
      ['--path', '/^\\/ho+k$/'],
      ['--query', 'id=7', '--query', 'tag=/^b$/'],
      ['--query', 'tag'],
      ['--header', 'X-Tag: RED'],
      ['--header', 'accept: c/d', '--header', 'X-Tag'],
      ['--body', 'event=paid'],
      ['--body', 'order.total=120'],
      ['--body', '.event=="paid"', '--body', '.order.total>100'],
      ['--body', '.order.total', '--body', '.event~/^p/'],
      ['--body', '"PAID"'],
    ]) {
      assert.equal((await wait(...flags)).out, id, flags.join(' '));
    }
  });

  test('a form, and a body that is no text', async () => {
    await request({ body: 'event=paid&note=a+b%21', path: '/form' });
    await request({ body: undefined, body_base64: Buffer.from([255, 0, 1]).toString('base64'), path: '/octets' });
    assert.equal((await wait('--body', 'note=a b!', '--print', 'body')).out, 'event=paid&note=a+b%21');
    const { object } = await wait('--path', '/octets', '--json');
    assert.equal((object.requests as { body_base64: string }[])[0]?.body_base64, '/wAB');
    assert.equal((await wait('--path', '/octets', '--print', 'headers')).out, 'x-tag: red\naccept: a/b\naccept: c/d');
  });

  test('near misses tell which part was otherwise', async () => {
    const first = await request();
    await request({ path: '/other\u001b[2J' });
    await request({ method: 'GET', body: undefined, body_bytes: 100 });
    const missed = async (...flags: string[]) => (await wait(...flags, ...SHORT)).error?.message ?? '';
    assert.ok(
      (await missed('--path', '/hook', '--body', 'event=refund')).startsWith('3 requests arrived, none matched: '),
    );
    assert.match(
      await missed('--path', '/hook', '--body', 'event=refund'),
      new RegExp(
        `#${first} POST /hook\\?id=7&tag=a&tag=b -> 204 \\(body did not match event=refund: \\.event was "paid"\\)`,
      ),
    );
    assert.match(await missed('--path', '/nothing'), /\(path did not match "\/nothing"\)/);
    assert.match(await missed('--method', 'PUT'), /\(method was POST\).*\(method was GET\)/);
    assert.match(await missed('--query', 'id=8'), /\(query id did not match "8"\)/);
    assert.match(await missed('--header', 'x-tag: blue'), /\(header x-tag did not match "blue"\)/);
    assert.match(await missed('--body', 'x'), /\(its body was not kept\)/);
    assert.doesNotMatch(await missed('--query', 'none'), /[\u0000-\u001f]/);
  });

  test('--count, --none and --claim, as for mail', async () => {
    await request();
    await request();
    assert.equal((await wait('--path', '/hook', '--count', '2')).object.matched, 2);
    assert.equal((await wait('--path', '/hook', '--count', '1')).error?.exit, 1);
    assert.equal((await wait('--path', '/none', '--none', '--for', '50ms')).error, undefined);
    assert.equal((await wait('--path', '/hook', '--none', '--for', '30s')).error?.exit, 1);
    const both = await Promise.all([wait('--claim'), wait('--claim')]);
    assert.notEqual(both[0].out, both[1].out);
  });

  for (const wrong of [
    ['--query', '=x'],
    ['--header', 'no colon'],
    ['--body', ''],
    ['--body', '.a>b'],
    ['--path', '[a'],
  ]) {
    test(`${wrong.join(' ')}: exit 2`, async () => {
      assert.equal((await cs('wait', 'request', ...wrong)).error?.exit, 2);
    });
  }
});

const stored = (path: string, size = 10, more: object = {}): Promise<number> =>
  stage.store.journal.add({ event: 'file.stored', path, size, user: 'ann', ...more });

describe('cs wait file', () => {
  let after: string;
  beforeEach(async () => {
    after = (await cs('mark', 'file')).out;
  });
  const wait = (...more: string[]) => cs('wait', 'file', '--after', after, ...more);

  test('by name, path, size and account; the path is printed', async () => {
    await stored('/in/2026/report-1.pdf', 2048);
    for (const flags of [
      ['--name', 'report-*.pdf'],
      ['--path', '/in/**/*.pdf'],
      ['--path', '/^\\/in\\/\\d+\\//'],
      ['--min-size', '2k'],
      ['--by', 'ann'],
    ]) {
      assert.equal((await wait(...flags)).out, '/in/2026/report-1.pdf', flags.join(' '));
    }
    const { object } = await wait('--json');
    assert.equal(object.kind, 'file');
  });

  test('near misses tell why; an upload under way is none', async () => {
    await stored('/a.txt.cs-0123456789ab.part');
    await stored('/a.txt');
    const { error } = await wait('--name', '*.pdf', ...SHORT);
    assert.equal(error?.message, '1 file arrived, none matched: /a.txt (10 B) (name did not match "*.pdf")');
    assert.match((await wait('--min-size', '1k', ...SHORT)).error?.message ?? '', /\(it has 10 octets\)/);
  });

  test('--stable waits until nobody stores it anew, and tells the last', async () => {
    await stored('/a', 1);
    const waiting = wait('--name', 'a', '--stable=100ms', '--print', 'json');
    await stored('/b', 5);
    await stored('/a', 2);
    assert.equal(JSON.parse((await waiting).out).size, 2);
    assert.equal((await wait('--name', 'a', '--stable=30s', ...SHORT)).error?.exit, 124);
  });
});

describe('an instance by its name, cs://NAME, as an operand', () => {
  const here = async (place: string, ...line: string[]) => (await cs(...line, place)).error;
  test('every wait, mark and clear takes it, and what is of no instance is refused', async () => {
    const none = 'no instance named nobody is running';
    for (const [line, part] of [
      [['wait', 'mail', ...SHORT], 'mail'],
      [['wait', 'request', ...SHORT], 'requests'],
      [['wait', 'file', ...SHORT], 'files'],
      [['mark', 'mail'], 'mail'],
      [['mark', 'request'], 'requests'],
      [['mark', 'file'], 'files'],
      [['clear', 'mail'], 'mail'],
      [['clear', 'request'], 'requests'],
      [['clear', 'file'], 'files'],
    ] as const) {
      const words = line.join(' ');
      assert.equal((await here('cs://nobody', ...line))?.message, none, words);
      assert.equal((await here(`cs://nobody/${part}`, ...line))?.message, none, words);
      if (part === 'mail') continue;
      assert.equal((await here('cs://local/other', ...line))?.exit, 2, words);
      assert.equal((await here('ftp://127.0.0.1:1/', ...line))?.exit, 2, words);
    }
  });

  test('cs://local is the one at hand', async () => {
    const { out: after } = await cs('mark', 'file', 'cs://local');
    await stored('/by-name.txt');
    assert.equal((await cs('wait', 'file', 'cs://local', '--after', after, '--name', 'by-*')).out, '/by-name.txt');
    await deliver(stage.store.delivery, message('by name'), ['ann@x.test']);
    assert.match((await cs('wait', 'mail', 'cs://local/mail', '--subject', 'by name')).out, /^\d+$/);
    assert.equal((await cs('clear', 'mail', 'cs://local')).object.cleared, 1);
  });
});

describe('cs wait port', () => {
  test('an open port, at once and for a while', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    assert.equal((await cs('wait', 'port', `127.0.0.1:${port}`)).object.attempts, 1);
    const stable = await cs('wait', 'port', `localhost:${port}`, '--then-stable', '150ms');
    assert.ok((stable.object.attempts as number) > 1);
    server.close();
    const gone = createServer().listen(0, OWN);
    await once(gone, 'listening');
    const where = `${OWN}:${(gone.address() as { port: number }).port}`;
    gone.close();
    await once(gone, 'close');
    const closed = await cs('wait', 'port', where, '--timeout', '150ms');
    assert.equal(closed.error?.exit, 124);
    assert.match(closed.error?.message ?? '', /did not accept within 150 ms \(ECONNREFUSED\)$/);
  });
  for (const wrong of ['5432', 'host', 'host:0', 'host:70000', '::1:80', 'a b:1']) {
    test(`${wrong}: exit 2`, async () => {
      assert.equal((await cs('wait', 'port', wrong)).error?.exit, 2);
    });
  }
});
