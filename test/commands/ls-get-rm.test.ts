import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Command } from '../../src/commands/command.ts';
import { getCommand } from '../../src/commands/get/command.ts';
import { lsCommand } from '../../src/commands/ls/command.ts';
import { probeCommand } from '../../src/commands/probe/command.ts';
import { rmCommand } from '../../src/commands/rm/command.ts';
import { fails, message } from '../conformance/harness.ts';
import { noise } from '../property.ts';
import { listening } from '../protocols/pop3/listening.ts';
import { Stage } from '../protocols/pop3/stage.ts';
import { runVerb } from './send-mail-context.ts';

const stage = await Stage.open({ options: { utf8: 'send' } });
/** And what their transport has a meaning for, on purpose and not by luck. */
const octets = Buffer.concat([noise(50_000), Buffer.from('\r\n.\r\n..\r\n\n.\n\r.\r\0\r\n\r\n.', 'latin1')]);
let server: Awaited<ReturnType<typeof listening>>;

before(async () => {
  server = await listening(stage);
  await stage.deliver('ann@x.test', message('one'));
  await stage.deliver('ann@x.test', message('\u001b[31mred\u202e ::error::'));
  await stage.deliver('ann@x.test', octets);
});
after(() => server.close());

const run = (command: unknown, ...argv: string[]) => runVerb(command as Command, argv);
const url = (path = '') => `${server.url}${path}`;
const messages = ({ results }: Awaited<ReturnType<typeof run>>) => results[0]?.messages as { id: string }[];

test('ls: a table for people, nothing in it steers a terminal', async () => {
  const { lines } = await run(lsCommand, url());
  const rows = lines.trimEnd().split('\n');
  assert.equal(rows.length, 3);
  assert.match(rows[0]!, /^\d+\.1 +\d+ B {2}2026-11-24 10:00 {2}Bob <bob@y\.test> {2}one$/);
  assert.match(rows[1]!, /\\x1b\[31mred\\u202e ::error::$/);
});

test('ls: one object for --pick, an object a message for --json and --format', async () => {
  const whole = await run(lsCommand, url(), '--pick', 'messages.0.id');
  assert.equal(whole.results.length, 1);
  assert.equal(whole.results[0]?.schema, 'cs.ls/1');
  assert.equal(whole.results[0]?.url, `pop3://ann@x.test@127.0.0.1:${server.port}/`);
  assert.equal(whole.results[0]?.count, 3);
  for (const flag of ['--json', '--format={id} {subject}']) {
    const { results } = await run(lsCommand, url(), flag);
    assert.deepEqual(results.map(({ uid, subject }) => [uid, subject]).slice(0, 1), [[1, 'one']]);
    assert.equal(results.length, 3);
  }
});

test('get: octet for octet, by id, by uid; nothing but the message on stdout', async () => {
  const [, , third] = messages(await run(lsCommand, url(), '--pick', 'count'));
  for (const id of [third!.id, '3']) {
    const { bytes } = await run(getCommand, url(id));
    assert.ok(Buffer.from(bytes, 'latin1').equals(octets), id);
  }
});

test('get: as JSON, text as text and anything else as base64', async () => {
  const [text] = (await run(getCommand, url('1'), '--json')).results;
  assert.equal(text?.raw, message('one').toString());
  assert.equal(text?.subject, 'one');
  const [other] = (await run(getCommand, url('3'), '--json')).results;
  assert.equal(other?.raw_base64, octets.toString('base64'));
});

test('get, ls, rm: exit codes say what was wrong', async () => {
  await fails('CS_NOT_FOUND', () => run(getCommand, url('99')));
  await fails('CS_NOT_FOUND', () => run(lsCommand, url('7.7')));
  await fails('CS_USAGE', () => run(getCommand, url()));
  await fails('CS_USAGE', () => run(rmCommand, url()));
  await fails('CS_USAGE', () => run(rmCommand, url('1'), '--all'));
  await fails('CS_AUTH_REJECTED', () => run(lsCommand, url().replace('secretpw', 'wrong')));
  await fails('CS_AUTH_REQUIRED', () => run(lsCommand, url().replace(':secretpw', '')));
  await fails('CS_SECRET_IN_ARGV', () => run(lsCommand, 'pop3://ann:secretpw@mail.example.test/'));
  await fails('CS_CANNOT_CONNECT', () => run(lsCommand, 'pop3://ann:secretpw@127.0.0.1:1/'));
});

test('CL-07 get: a line break in the URL is refused before anything is connected', async () => {
  const before = stage.served.length;
  await fails('CS_INPUT', () => run(getCommand, url('1%0d%0aDELE%201')));
  await fails('CS_INPUT', () => run(lsCommand, `pop3://ann%0d%0aQUIT:x@127.0.0.1:${server.port}/`));
  assert.equal(stage.served.length, before);
});

test('probe: what the server shows, as facts and as lines', async () => {
  const { results, lines } = await run(probeCommand, `pop3://127.0.0.1:${server.port}/`);
  assert.equal(results[0]?.schema, 'cs.probe/1');
  assert.equal(results[0]?.protocol, 'pop3');
  assert.ok((results[0]!.capabilities as string[]).includes('TOP'));
  assert.match(lines, /^greeting +cs 1\.2\.3 POP3 ready$/m);
  assert.match(lines, /^tls offered +no$/m);
});

test('rm: --dry-run changes nothing, an unconfirmed one neither, -y removes', async () => {
  const dry = await run(rmCommand, url('1'), '--dry-run');
  assert.deepEqual([dry.results[0]?.removed, dry.results[0]?.dry_run], [0, true]);
  assert.equal((await run(rmCommand, url('1'))).code, 1);
  assert.equal((await run(lsCommand, url(), '--pick', 'count')).results[0]?.count, 3);
  const one = await run(rmCommand, url(), '1', '3', '-y');
  assert.deepEqual([one.code, one.results[0]?.removed], [0, 2]);
  const [left] = messages(await run(lsCommand, url(), '--pick', 'count'));
  assert.match(left!.id, /\.2$/);
  assert.equal((await run(rmCommand, url(), '--all', '-y')).results[0]?.removed, 1);
  const empty = await run(rmCommand, url(), '--all', '-y');
  assert.deepEqual([empty.code, empty.results[0]?.removed], [0, 0]);
});
