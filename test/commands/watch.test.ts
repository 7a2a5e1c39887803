/** `cs watch mail URL`, at an IMAP server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Command } from '../../src/commands/command.ts';
import { watchMailCommand } from '../../src/commands/watch/command.ts';
import type { CsError } from '../../src/kit/errors.ts';
import { fails, message } from '../conformance/harness.ts';
import { serve } from '../interop/server.ts';
import { mailboxPlace } from './mailbox-place.ts';
import { runVerb } from './send-mail-context.ts';

const { stage, url: place, sockets } = await mailboxPlace();
const watch = (...argv: string[]) => runVerb(watchMailCommand as unknown as Command, [place(), ...argv]);

test('what is there after the cursor is told, then each message as it comes; what does not match is left out', async () => {
  const watching = watch('--after', '0', '--count', '2', '--subject', '/code|late/');
  await stage.deliver('ann@x.test', message('other'));
  await stage.deliver('ann@x.test', message('late'));
  const { results, lines } = await watching;
  assert.deepEqual(
    results.map(({ schema, subject, id, extracted }) => ({ schema, subject, id, extracted })),
    [
      { schema: 'cs.watch/1', subject: 'Your code', id: '1', extracted: null },
      { schema: 'cs.watch/1', subject: 'late', id: '3', extracted: null },
    ],
  );
  assert.match(lines, /^#1 to ann@x\.test subject "Your code"\n#3 .*"late"\n$/);
});

test('--extract tells that alone, and of messages that have it', async () => {
  const { lines } = await watch('--after', '0', '--count', '1', '--extract', 'code');
  assert.equal(lines, '482911\n');
});

test('without a cursor what was there before is not told; the time limit is an error that says how many came', async () => {
  const none = await fails('CS_TIMEOUT', () => watch('--timeout', '300ms'));
  assert.equal(none.message, 'no message within 300 ms');
  const few = await fails('CS_TIMEOUT', () => watch('--after', '0', '--count', '99', '--timeout', '3s'));
  assert.equal(few.message, 'only 3 came within 3 s');
});

test('a mailbox that is not there is said', async () => {
  await fails('CS_NOT_FOUND', () =>
    runVerb(watchMailCommand as unknown as Command, [`${place()}/nowhere`, '--timeout', '1s']),
  );
});

test('a server that goes away is said, whatever time is left', async () => {
  const before = sockets.size;
  const watching = watch('--timeout', '20s');
  const ended = assert.rejects(watching, (error: CsError) => error.exit === 7 || error.exit === 8);
  while (sockets.size === before) await turn();
  for (const socket of sockets) socket.destroy();
  await ended;
});

test('an own instance: lines on stdout, one for each message, and the exit code of the time limit', async () => {
  const serving = await serve(['smtp']);
  try {
    const url = `smtp://127.0.0.1:${serving.port('smtp')}`;
    for (const subject of ['one', 'two']) {
      const sent = await serving.cs('send', 'mail', url, '--to', 'ann@x.test', '--subject', subject, '--text', 'hi');
      assert.equal(sent.code, 0, sent.stderr);
    }
    const { code, stdout } = await serving.cs('watch', 'mail', '--after', '0', '--count', '2', '--json');
    assert.equal(code, 0);
    const told = stdout.trimEnd().split('\n');
    assert.deepEqual(
      told.map((line) => JSON.parse(line).subject),
      ['one', 'two'],
    );
    const late = await serving.cs('watch', 'mail', '--timeout', '300ms');
    assert.deepEqual([late.code, late.stdout], [124, '']);
  } finally {
    assert.equal(await serving.stop(), 0);
  }
});
