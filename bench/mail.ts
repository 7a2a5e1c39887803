/**
 * IMAP beside Dovecot, in alternating rounds, by a client that understands nothing and therefore costs little:
 *   npm run bench mail -- [--rounds 3] [--messages 10000] [--large 100000] [--idle 1000] [--json FILE]
 * `--large` and `--idle` are ours alone. CPU is that of the server's processes, and tells more than the clock where the machine is busy.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RawImap } from '../test/interop/imap-mailbox.ts';
import { type ImapPeer, startOurs, startTheirs } from './imap-peers.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '10000' },
    large: { type: 'string', default: '0' },
    idle: { type: 'string', default: '0' },
    json: { type: 'string' },
  },
});
const [rounds, messages, large, idle] = [values.rounds, values.messages, values.large, values.idle].map(Number) as [
  number,
  number,
  number,
  number,
];
const BODY = `${'the quick brown fox jumps over a lazy dog while nobody looks\r\n'.repeat(30)}`;

interface Sample {
  readonly peer: string;
  readonly what: string;
  readonly ms: number;
  readonly cpu: number;
}

const samples: Sample[] = [];

async function timed(peer: ImapPeer, what: string, work: () => Promise<unknown>): Promise<void> {
  const [cpu, began] = [peer.cpu(), performance.now()];
  await work();
  samples.push({ peer: peer.name, what, ms: performance.now() - began, cpu: peer.cpu() - cpu });
}

async function round(peer: ImapPeer, at: number): Promise<void> {
  await using imap = await RawImap.login(peer.port, 'ann');
  await timed(peer, 'SELECT', () => imap.ask('SELECT INBOX'));
  // The first one may have to make what the others read.
  const kind = at === 0 ? ', first' : '';
  await timed(peer, `FETCH headers${kind}`, () => imap.ask('FETCH 1:* BODY.PEEK[HEADER]'));
  await timed(peer, `FETCH ENVELOPE${kind}`, () => imap.ask('FETCH 1:* ENVELOPE'));
  await timed(peer, 'FETCH FLAGS', () => imap.ask('FETCH 1:* (UID FLAGS)'));
  await timed(peer, `SEARCH TEXT${kind}`, () => imap.ask('SEARCH TEXT "nowhere in any of them"'));
  await timed(peer, 'APPEND 200', async () => {
    for (let one = 0; one < 200; one++) await imap.ask(`APPEND Other {${BODY.length}+}\r\n${BODY}`);
  });
  await wakeUps(peer, imap);
}

/** From the answer to APPEND to the EXISTS of somebody else's IDLE. */
async function wakeUps(peer: ImapPeer, imap: RawImap): Promise<void> {
  await using sleeper = await RawImap.login(peer.port, 'ann');
  await sleeper.ask('SELECT Other');
  await sleeper.begin('IDLE');
  const delays: number[] = [];
  for (let one = 0; one < 20; one++) {
    const told = sleeper.told(/EXISTS\r\n/);
    const began = performance.now();
    await imap.ask(`APPEND Other {${BODY.length}+}\r\n${BODY}`);
    await told;
    delays.push(performance.now() - began);
  }
  await sleeper.end('DONE');
  delays.sort((a, b) => a - b);
  samples.push({ peer: peer.name, what: 'APPEND to EXISTS in another IDLE (median of 20)', ms: delays[10]!, cpu: 0 });
}

async function idleMemory(peer: ImapPeer): Promise<void> {
  if (peer.resident() === undefined || idle === 0) return;
  const sleepers: RawImap[] = [];
  const resident: number[] = [];
  // The first ones let the heap grow to what so many logins at once take: the next cost what a connection costs.
  for (let half = 0; half < 2; half++) {
    for (let one = 0; one < idle; one++) {
      const sleeper = await RawImap.login(peer.port, `idle${one % 100}`);
      await sleeper.ask('SELECT INBOX');
      await sleeper.begin('IDLE');
      sleepers.push(sleeper);
    }
    resident.push(peer.resident()!);
  }
  const each = (resident[1]! - resident[0]!) / idle / 1024;
  console.log(`${peer.name}: ${each.toFixed(1)} KiB for each of the second ${idle} connections in IDLE`);
  for (const sleeper of sleepers) sleeper.destroy();
}

const peers = [await startOurs('embedded'), await startOurs('memory'), await startTheirs()];
try {
  for (const peer of peers) {
    await using imap = await RawImap.login(peer.port, 'ann');
    await imap.ask('CREATE Other');
    await timed(peer, `APPEND ${messages}, 500 at once`, () => imap.fill('INBOX', 'bench', messages, BODY));
  }
  for (let at = 0; at < rounds; at++) for (const peer of peers) await round(peer, at);
  for (const peer of peers) await idleMemory(peer);
  if (large > 0) {
    // A Maildir of so many files would take longer to fill than all the rest.
    for (const peer of peers.slice(0, 2)) {
      await using imap = await RawImap.login(peer.port, 'big');
      await imap.fill('INBOX', 'large', large);
      await timed(peer, `SELECT ${large}, first`, () => imap.ask('SELECT INBOX'));
      await timed(peer, `SELECT ${large}`, () => imap.ask('SELECT INBOX'));
    }
  }
} finally {
  for (const peer of peers) await peer.stop();
}

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;
for (const what of new Set(samples.map((sample) => sample.what))) {
  console.log(`\n${what}`);
  for (const { name } of peers) {
    const those = samples.filter((sample) => sample.what === what && sample.peer === name);
    if (those.length === 0) continue;
    const [ms, cpu] = [median(those.map((one) => one.ms)), median(those.map((one) => one.cpu))];
    console.log(`  ${name.padEnd(20)} ${ms.toFixed(1).padStart(9)} ms ${cpu.toFixed(0).padStart(8)} ms CPU`);
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(samples, null, 2)}\n`);
