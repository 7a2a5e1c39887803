/** `cs wait mail URL`: a mailbox of an IMAP server in place of an own instance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/commands/command.ts';
import { markCommand } from '../../src/commands/mark/command.ts';
import { waitMailCommand } from '../../src/commands/wait/command.ts';
import { fails, message } from '../conformance/harness.ts';
import { mailboxPlace } from './mailbox-place.ts';
import { runVerb } from './send-mail-context.ts';

const { stage, url: place } = await mailboxPlace();
const run = (command: unknown, ...argv: string[]) => runVerb(command as Command, argv);

test('wait mail at a mailbox: what is there counts, and what comes later is pushed', async () => {
  const there = await run(waitMailCommand, place(), '--subject', 'code', '--extract', 'code');
  assert.equal(there.lines.trim(), '482911');
  const [{ cursor } = {}] = (await run(markCommand, 'mail', place())).results;
  assert.equal(cursor, 1);
  const waiting = run(waitMailCommand, place(), '--after', String(cursor), '--to', 'ann@x.test', '--print', 'raw');
  await stage.deliver('ann@x.test', message('late'));
  assert.ok(Buffer.from((await waiting).bytes, 'latin1').equals(message('late')));
});

test('wait mail at a mailbox: near misses, silence, and what it cannot do', async () => {
  const missed = await fails('CS_TIMEOUT', () =>
    run(waitMailCommand, place(), '--subject', 'nothing', '--timeout', '2s'),
  );
  assert.match(missed.message, /Your code.*subject did not match/);
  await run(waitMailCommand, place(), '--subject', 'nothing', '--none', '--for', '100ms');
  await fails('CS_UNSUPPORTED', () => run(waitMailCommand, place(), '--claim'));
  await fails('CS_NOT_FOUND', () => run(waitMailCommand, `${place()}/nowhere`));
});
