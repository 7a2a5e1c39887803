/** `cs wait mail URL`: a mailbox of an IMAP server in place of an own instance. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Command } from '../../src/commands/command.ts';
import { markCommand } from '../../src/commands/mark/command.ts';
import { waitMailCommand } from '../../src/commands/wait/command.ts';
import { fails, message } from '../conformance/harness.ts';
import { Stage } from '../protocols/imap/stage.ts';
import { runVerb } from './send-mail-context.ts';

const stage = await Stage.open();
const sockets = new Set<Socket>();
const listener = createServer({ allowHalfOpen: true }, (socket) => {
  sockets.add(socket);
  void stage.serve(socket);
});
const place = (): string =>
  `imap://ann%40x.test:secret@127.0.0.1:${(listener.address() as { port: number }).port}/INBOX`;
const run = (command: unknown, ...argv: string[]) => runVerb(command as Command, argv);

before(async () => {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  await stage.deliver('ann@x.test', message('Your code', 'The code is 482911.\r\n'));
});
after(() => {
  listener.close();
  for (const socket of sockets) socket.destroy();
});

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
    run(waitMailCommand, place(), '--subject', 'nothing', '--timeout', '300ms'),
  );
  assert.match(missed.message, /Your code.*subject did not match/);
  await run(waitMailCommand, place(), '--subject', 'nothing', '--none', '--for', '100ms');
  await fails('CS_UNSUPPORTED', () => run(waitMailCommand, place(), '--claim'));
  await fails('CS_NOT_FOUND', () => run(waitMailCommand, `${place()}/nowhere`));
});
