import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Command } from '../../src/commands/command.ts';
import { sendMailCommand } from '../../src/commands/send-mail/command.ts';
import { percentile } from '../../src/commands/send-mail/load.ts';
import { endpoint, hinted } from '../../src/commands/send-mail/where.ts';
import { CsError } from '../../src/kit/errors.ts';
import { honest, scripted, type Taken } from '../protocols/smtp/client-server.ts';
import { runVerb } from './send-mail-context.ts';

const command = sendMailCommand as unknown as Command;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cs-send-'));
});
after(() => rm(folder, { recursive: true }));

const fails = (code: string, exit: number) => (error: unknown) => {
  assert.deepEqual([(error as CsError).code, (error as CsError).exit], [code, exit], (error as Error).message);
  return true;
};

async function against(
  argv: readonly string[],
  keywords: readonly string[] = ['PIPELINING', '8BITMIME', 'SIZE', 'DSN'],
) {
  const taken: Taken[] = [];
  await using server = await scripted(honest(keywords, taken));
  const ran = await runVerb(command, [`smtp://127.0.0.1:${server.port}`, ...argv]);
  return { ...ran, taken, said: server.visits.map(({ said }) => said).join('') };
}

const message = (taken: readonly Taken[], at = 0): string => taken[at]!.message.replace(/^\./gm, '');

test('a message: headers, envelope, and a result that says what happened', async () => {
  const argv = ['--from', 'Ann <ann@x.test>', '--to', 'Bob <bob@x.test>', '--cc', 'c@x.test', '--bcc', 'd@x.test'];
  const more = ['--subject', 'hé', '--text', '.dot\nline', '--header', 'X-One: 1', '--reply-to', 'r@x.test', '--json'];
  const { code, results, taken } = await against([...argv, ...more]);
  assert.equal(code, 0);
  assert.equal(taken[0]!.mail.split(' SIZE=')[0], 'MAIL FROM:<ann@x.test>');
  assert.deepEqual(taken[0]!.rcpt, ['RCPT TO:<bob@x.test>', 'RCPT TO:<c@x.test>', 'RCPT TO:<d@x.test>']);
  const text = message(taken);
  for (const part of [
    'From: Ann <ann@x.test>',
    'To: Bob <bob@x.test>',
    'Cc: c@x.test',
    'X-One: 1',
    'Reply-To: r@x.test',
  ]) {
    assert.ok(text.includes(`${part}\r\n`), part);
  }
  assert.match(text, /Subject: =\?UTF-8\?B\?aMOp\?=\r\n/);
  assert.doesNotMatch(text, /\bd@x\.test/);
  assert.match(text, /\r\n\r\n\.dot\r\nline/);
  const [result] = results;
  assert.equal(result!.schema, 'cs.send_mail/1');
  assert.equal(result!.id, 'Q1');
  assert.equal(Number(/SIZE=(\d+)/.exec(taken[0]!.mail)?.[1]), result!.size);
  assert.ok(text.includes(`Message-ID: ${result!.message_id}\r\n`));
});

test('a header that is written stands in place of the one that would be there, once', async () => {
  const rows: readonly (readonly [header: string, ...stands: string[]])[] = [
    ['Reply-To: R <r@x.test>', 'Reply-To: R <r@x.test>'],
    ['To: List <l@x.test>', 'To: List <l@x.test>'],
    ['Subject: over', 'Subject: over'],
    ['Sender: s@x.test', 'Sender: s@x.test'],
    ['Date: Mon, 1 Jan 2024 00:00:00 +0000', 'Date: Mon, 1 Jan 2024 00:00:00 +0000'],
    ['Content-Type: text/calendar; method=REQUEST', 'Content-Type: text/calendar; method=REQUEST'],
    ['content-type: text/html; charset=utf-8', 'content-type: text/html; charset=utf-8'],
    ['Constructor: x', 'Constructor: x'],
    ['__proto__: x', '__proto__: x'],
  ];
  for (const [header, wanted] of rows) {
    const { taken } = await against(['--to', 'b@x.test', '--subject', 's', '--text', 't', '--header', header]);
    assert.deepEqual(taken[0]!.rcpt, ['RCPT TO:<b@x.test>']);
    const [head = ''] = message(taken).split('\r\n\r\n');
    const name = header.slice(0, header.indexOf(':'));
    const found = head.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    assert.deepEqual(found, [wanted]);
  }
});

test('a header that would change who gets it, or what its parts are, is refused', async () => {
  const to = ['--to', 'b@x.test', '--text', 't'];
  for (const argv of [
    ['--header', 'Bcc: hidden@x.test'],
    ['--header', 'Content-Transfer-Encoding: 8bit'],
    ['--html', '<b>t</b>', '--header', 'Content-Type: text/calendar'],
  ]) {
    await assert.rejects(against([...to, ...argv]), fails('CS_USAGE', 2));
  }
});

test('a message that is sent as it is takes no flag that would change it', async () => {
  const file = join(folder, 'as-it-is.eml');
  await writeFile(file, 'From: a@x.test\r\nTo: b@x.test\r\n\r\nhi\r\n');
  for (const flags of [
    ['--subject', 's'],
    ['--text', 't'],
    ['--header', 'X: 1'],
    ['--attach', file],
    ['--reply-to', 'r@x.test'],
  ]) {
    await assert.rejects(against(['--eml', file, ...flags]), fails('CS_USAGE', 2));
  }
  assert.equal((await against(['--eml', file, '--from', 'c@x.test', '--to', 'd@x.test'])).code, 0);
});

test('nobody at the port that nobody named: a hint says how to go on', async () => {
  const refused = new CsError('CS_CANNOT_CONNECT', 'cannot connect to 127.0.0.1:1025: connection refused');
  const place = { url: 'smtp://127.0.0.1:1025', from: 'config' } as const;
  const told = (await hinted(refused, { ...place, guessed: true })) as CsError;
  assert.equal(told.exit, 7);
  assert.match(told.hint ?? '', /^(?:cs serve smtp|--name \S+ \(running: .*\)), or a URL$/);
  assert.equal(await hinted(refused, place), refused);
});

test('text, HTML, an image inside and a file beside', async () => {
  await writeFile(join(folder, 'a.png'), Buffer.from([1, 2, 3]));
  await writeFile(join(folder, 'b;c.txt'), 'attached');
  const files = [
    '--inline',
    `${join(folder, 'a.png')};cid=logo`,
    '--attach',
    `${join(folder, 'b;c.txt')};name=n.txt;type=text/x`,
  ];
  const { taken } = await against(['--to', 'b@x.test', '--text', 't', '--html', '<img src="cid:logo">', ...files]);
  const text = message(taken);
  for (const part of [
    'multipart/mixed',
    'multipart/alternative',
    'multipart/related',
    'Content-ID: <logo>',
    'text/x',
    'n.txt',
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test('a message as it is: only its line ends change, and its headers say who gets it', async () => {
  const eml = 'From: a@x.test\nTo: G: b@x.test, C <c@x.test>;\nBcc: d@x.test\nX:  odd \n\n.\nbody\u00e9';
  await writeFile(join(folder, 'm.eml'), Buffer.from(eml, 'utf8'));
  const { taken } = await against(['--eml', join(folder, 'm.eml')]);
  const sent = taken[0]!.message.replace(/\r\n\./g, '\r\n');
  assert.equal(Buffer.from(sent, 'latin1').toString('utf8'), `${eml.replaceAll('\n', '\r\n')}\r\n`);
  assert.deepEqual(taken[0]!.rcpt, ['RCPT TO:<b@x.test>', 'RCPT TO:<c@x.test>', 'RCPT TO:<d@x.test>']);
  assert.match(taken[0]!.mail, /^MAIL FROM:<a@x\.test> SIZE=\d+ BODY=8BITMIME$/);
});

test('the envelope apart from the headers, with notifications', async () => {
  const envelope = [
    '--mail-from',
    '',
    '--rcpt-to',
    'z@x.test',
    '--dsn-notify',
    'success,delay',
    '--dsn-ret',
    'hdrs',
    '--envid',
    'E',
  ];
  const { taken } = await against(['--from', 'a@x.test', '--to', 'b@x.test', '--text', 'x', ...envelope]);
  assert.match(taken[0]!.mail, /^MAIL FROM:<> SIZE=\d+ RET=HDRS ENVID=E$/);
  assert.deepEqual(taken[0]!.rcpt, ['RCPT TO:<z@x.test> NOTIFY=SUCCESS,DELAY']);
});

test('some recipients refused: exit 12, and which', async () => {
  const { code, results, lines } = await against(['--to', 'b@x.test', '--to', 'nobody@x.test', '--text', 'x']);
  assert.equal(code, 12);
  assert.equal(results[0]!.ok, false);
  assert.match(
    lines,
    /^accepted by .* for 1 of 2 recipients, id Q1 .*\nrefused {2}nobody@x\.test: 550 5\.1\.1 no such user\n$/,
  );
});

test('all refused: exit 9, for now: exit 10', async () => {
  await assert.rejects(against(['--to', 'nobody@x.test', '--text', 'x']), fails('CS_PEER_REFUSED', 9));
  await assert.rejects(against(['--to', 'later@x.test', '--text', 'x']), fails('CS_PEER_TEMPORARY', 10));
});

test('CL-07 line breaks and NUL in user data end with 2 before anything is connected', async () => {
  const taken: Taken[] = [];
  await using server = await scripted(honest([], taken));
  const url = `smtp://127.0.0.1:${server.port}`;
  const rows = [
    ['--to', 'a@x.test\r\nBcc: z@x.test'],
    ['--to', 'a@x.test\0'],
    ['--to', 'b@x.test', '--from', 'a@x.test\nX: y'],
    ['--to', 'b@x.test', '--cc', 'c\r\n@x.test'],
    ['--to', 'b@x.test', '--reply-to', 'c@x.test\r\nX: y'],
    ['--to', 'b@x.test', '--subject', 'a\r\nX: y'],
    ['--to', 'b@x.test', '--header', 'X: a\nY: b'],
    ['--to', 'b@x.test', '--header', 'X\0: a'],
    ['--to', 'b@x.test', '--header', 'X Y: a'],
    ['--to', 'b@x.test', '--mail-from', 'a@x\r\nDATA'],
    ['--to', 'b@x.test', '--rcpt-to', 'a@x\r\nDATA'],
    ['--to', 'b@x.test', '--envid', 'a\r\nDATA'],
    ['--to', 'b@x.test', '--helo', 'a\r\nDATA'],
    ['--to', 'b@x.test', '--xclient', 'NAME=a\r\nDATA'],
    ['--to', 'b@x.test', '--attach', 'a\0'],
    ['--to', 'b@x.test', '--attach', '/dev/null;name=a\r\nX: y'],
    ['--to', 'b@x.test', '--user', 'a\r\nb'],
    ['--dsn-notify', 'never,success', '--to', 'b@x.test'],
    ['--proxy-header', 'v1', '--proxy-source', '1.2.3.4\r\n:5', '--to', 'b@x.test'],
    [],
  ];
  for (const argv of rows) {
    await assert.rejects(runVerb(command, [url, ...argv]), (error: unknown) => {
      assert.equal((error as CsError).exit, 2, `${JSON.stringify(argv)}: ${(error as Error).message}`);
      return true;
    });
  }
  assert.equal(server.visits.length, 0);
});

test('CL-10 a retry after a lost answer keeps the Message-ID', async () => {
  const messages: string[] = [];
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    for (const reply of ['250 x', '250 ok', '250 ok', '354 go']) {
      await visit.line();
      visit.say(`${reply}\r\n`);
    }
    messages.push(await visit.untilDot());
    if (messages.length === 1) return void visit.socket.destroy();
    visit.say('250 ok queued as Z\r\n');
    if ((await visit.line()) === 'QUIT') visit.socket.end('221 bye\r\n');
  });
  const url = `smtp://127.0.0.1:${server.port}`;
  const { code, results } = await runVerb(command, [url, '--to', 'b@x.test', '--retry', '1']);
  assert.deepEqual([code, results[0]!.attempts, messages.length], [0, 2, 2]);
  assert.equal(messages[0], messages[1]);
  assert.match(messages[0]!, /^Message-ID: </m);
  messages.length = 0;
  await assert.rejects(runVerb(command, [url, '--to', 'b@x.test']), fails('CS_UNKNOWN_OUTCOME', 10));
});

test('many messages over several connections, each with its own Message-ID', async () => {
  const { code, results, taken } = await against([
    '--to',
    'b@x.test',
    '--repeat',
    '20',
    '--concurrency',
    '3',
    '--json',
  ]);
  assert.equal(code, 0);
  const load = results[0]!.load as { sent: number; failed: number; latency_ms: Record<string, number> };
  assert.deepEqual([load.sent, load.failed], [20, 0]);
  assert.deepEqual(Object.keys(load.latency_ms), ['min', 'p50', 'p95', 'p99', 'max']);
  const ids = new Set(taken.map(({ message: text }) => /^Message-ID: (.*)\r$/m.exec(text)?.[1]));
  assert.equal(ids.size, 20);
  assert.deepEqual([percentile([1, 2, 3, 4], 0.5), percentile([], 0.5), percentile([1, 2, 3, 4], 1)], [2, 0, 4]);
});

test('a PROXY header comes first', async () => {
  let first = '';
  await using server = await scripted(async (visit) => {
    first = (await visit.line()) ?? '';
    await honest([], [])(visit);
  });
  const source = ['--proxy-header', 'v1', '--proxy-source', '192.0.2.7:4711'];
  await runVerb(command, [`smtp://127.0.0.1:${server.port}`, '--to', 'b@x.test', ...source]);
  assert.equal(first, `PROXY TCP4 192.0.2.7 127.0.0.1 4711 ${server.port}`);
  assert.deepEqual(endpoint('[2001:db8::7]:1'), { address: '2001:db8::7', port: 1 });
});

test('--quit-after rcpt: what was answered, and no message', async () => {
  const { code, lines, taken, said } = await against([
    '--to',
    'nobody@x.test',
    '--to',
    'b@x.test',
    '--quit-after',
    'rcpt',
  ]);
  assert.equal(code, 12);
  assert.equal(taken.length, 0);
  assert.match(lines, /stopped after rcpt at .*\nnobody@x\.test: 550 5\.1\.1 no such user\nb@x\.test: 250 /);
  assert.ok(said.endsWith('QUIT\r\n'));
});

test('--dry-run prints the message and connects to nothing', async () => {
  const { code, bytes, taken, said } = await against(['--to', 'b@x.test', '--text', 'x', '--dry-run']);
  assert.deepEqual([code, taken.length, said], [0, 0, '']);
  assert.match(bytes, /^From: .*\r\nTo: b@x\.test\r\n/);
});

test('where it goes: the operand, CS_SMTP_URL', async () => {
  const taken: Taken[] = [];
  await using server = await scripted(honest([], taken));
  await runVerb(command, ['--to', 'b@x.test'], { CS_SMTP_URL: `smtp://127.0.0.1:${server.port}` });
  assert.equal(taken.length, 1);
});
