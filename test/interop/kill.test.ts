/**
 * kill -9 while mail comes in: what was acknowledged is there after the next start, octet for octet, and the start needs
 * no hand. Numbered messages of our own say which were acknowledged; smtp-source makes the load around them.
 * CS_KILL_ROUNDS=100 for the long run.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaults } from '../../src/kit/option.ts';
import { open } from '../../src/stores/embedded/open.ts';
import { embedded } from '../../src/stores/embedded/store.ts';
import { serve, tool } from './server.ts';

const ROUNDS = Number(process.env.CS_KILL_ROUNDS ?? 5);
const SESSIONS = 8;

const digest = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** One session, one message after the other, until the server is gone; notes the digest of each that got its 250. */
function sender(port: number, name: string, acknowledged: Set<string>, onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let number = 0;
    let body = '';
    let step = 0;
    const steps = ['EHLO t\r\n', 'MAIL FROM:<t@x.test>\r\n', 'RCPT TO:<box@x.test>\r\n', 'DATA\r\n'];
    let held = '';
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (let at = held.indexOf('\r\n'); at !== -1; at = held.indexOf('\r\n')) {
        const line = held.slice(0, at);
        held = held.slice(at + 2);
        if (line[3] === '-') continue;
        if (step === 5) {
          if (line.startsWith('250')) acknowledged.add(digest(body));
          onFirst();
          step = 1;
        }
        const command = steps[step];
        step += 1;
        if (command !== undefined) socket.write(command);
        else {
          number += 1;
          body = `Subject: ${name} ${number}\r\n\r\n${`${name} ${number} `.repeat(1 + (number % 400))}\r\n`;
          socket.write(`${body}.\r\n`);
        }
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
}

async function storedDigests(dir: string): Promise<Set<string>> {
  const store = await open({ dir, options: defaults(embedded.options), log: () => {} });
  try {
    const all = await store.mail.of('*');
    const digests = new Set<string>();
    for (const { uid } of await all.list('INBOX')) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of all.read('INBOX', uid)) chunks.push(chunk);
      digests.add(digest(Buffer.concat(chunks)));
    }
    return digests;
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

const source = tool('smtp-source');

test(`kill -9 under load, ${ROUNDS} rounds`, {
  skip: source === undefined && 'smtp-source is not installed',
  timeout: 600_000,
}, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cs-kill-'));
  let total = 0;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const data = join(scratch, `data-${round % 4}`);
      const server = await serve(['smtp'], { data });
      const port = server.port('smtp');
      const acknowledged = new Set<string>();
      const load = spawn(
        source ?? '',
        ['-s', '10', '-m', '100000', '-l', '4096', '-f', 'l@x.test', '-t', 'l@x.test', `127.0.0.1:${port}`],
        { stdio: 'ignore' },
      );
      const loaded = new Promise((resolve) => load.once('exit', resolve));
      let begun = (): void => {};
      const running = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const senders = Array.from({ length: SESSIONS }, (_, index) =>
        sender(port, `r${round}s${index}`, acknowledged, () => begun()),
      );
      await running;
      await new Promise((resolve) => setTimeout(resolve, 30 + ((round * 37) % 120)));
      const gone = new Promise((resolve) => server.child.once('exit', resolve));
      server.child.kill('SIGKILL');
      await Promise.all([gone, ...senders]);
      load.kill('SIGKILL');
      await loaded;
      const stored = await storedDigests(data);
      const lost = [...acknowledged].filter((one) => !stored.has(one));
      assert.deepEqual(
        lost,
        [],
        `round ${round}: ${lost.length} of ${acknowledged.size} acknowledged messages lost or altered`,
      );
      total += acknowledged.size;
      rmSync(server.state, { recursive: true, force: true });
      if (round % 4 === 3)
        for (let old = 0; old < 4; old++) rmSync(join(scratch, `data-${old}`), { recursive: true, force: true });
    }
    assert.ok(total > ROUNDS, `only ${total} messages were acknowledged: that proves nothing`);
    console.log(`${ROUNDS} rounds, ${total} acknowledged, 0 lost`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
