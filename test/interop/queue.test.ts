/**
 * The outbound queue among servers that refuse, put off, hang, drop after the dot and come back, while it is killed again
 * and again: every message ends delivered or returned, none is lost, and only an unknown outcome is sent twice.
 * CS_QUEUE_MESSAGES=1000 and CS_KILL_ROUNDS=20 for the long run.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchanger, type Manner } from './exchanger.ts';
import { freePort } from './free-port.ts';
import { type Serving, serve } from './server.ts';

const MESSAGES = Number(process.env.CS_QUEUE_MESSAGES ?? 300);
const ROUNDS = Number(process.env.CS_KILL_ROUNDS ?? 3);
const MANNERS: readonly Manner[] = ['good', 'refuses', 'defers', 'hangs', 'drops'];
/** Milliseconds: a start for each round, below what a file may take. */
const TIME = Math.min(240_000 + 20_000 * ROUNDS, 570_000);
/** A domain without a server at first; it comes back. */
const LATE = 'late';
const DOMAINS = [...MANNERS, LATE];

test(`${MESSAGES} messages to six kinds of servers, killed ${ROUNDS} times`, { timeout: TIME }, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cs-queue-'));
  const servers = new Map(
    await Promise.all(MANNERS.map(async (manner) => [manner as string, await exchanger(manner)] as const)),
  );
  const late = await freePort();
  const zone = join(scratch, 'zone');
  writeFileSync(
    zone,
    DOMAINS.map(
      (domain) =>
        `${domain}.test MX 10 mx.${domain}.test\nmx.${domain}.test A 127.0.0.1:${servers.get(domain)?.port ?? late}\n`,
    ).join(''),
  );
  const start = (): Promise<Serving> =>
    serve(
      [
        ...['smtp', '--deliver', '--relay-allow', '*', '--zone', zone, '--queue-retry', '500ms', '--relay-rate', '0'],
        ...['--relay-timeout', '2s', '--queue-lifetime', '10m', '--relay-per-domain', '4'],
      ],
      { data: join(scratch, 'data') },
    );
  let server = await start();
  const acknowledged = new Set<string>();
  try {
    const sending = (async () => {
      for (let at = 0; at < MESSAGES; ) {
        at = await submit(server.port('smtp'), at, MESSAGES, acknowledged);
        // Killed meanwhile: the next one takes the rest.
        if (at < MESSAGES) await sleep(100);
      }
    })();
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(400 + ((round * 137) % 500));
      const gone = new Promise((resolve) => server.child.once('exit', resolve));
      server.child.kill('SIGKILL');
      await gone;
      rmSync(server.state, { recursive: true, force: true });
      server = await start();
    }
    await sending;
    servers.set(LATE, await exchanger('good', late));
    assert.equal(acknowledged.size, MESSAGES);

    const emptied = async (): Promise<boolean> => {
      const { stdout, stderr, code } = await server.cs('queue', 'ls', '--json', '--pick', 'count');
      assert.equal(code, 0, stderr);
      return stdout.trim() === '0';
    };
    for (const until = Date.now() + 240_000; !(await emptied()); await sleep(250)) {
      assert.ok(Date.now() < until, `still in the queue:\n${(await server.cs('queue', 'ls')).stdout}`);
      await server.cs('queue', 'retry');
    }

    const returned = await reports(server);
    const fates = { delivered: 0, returned: 0, twice: 0 };
    for (const number of acknowledged) {
      const domain = domainOf(Number(number));
      const times = servers.get(domain)?.taken.get(number) ?? 0;
      if (domain === 'refuses') {
        assert.ok(returned.has(number), `message ${number} to ${domain} came back`);
        fates.returned += 1;
        continue;
      }
      assert.ok(times > 0, `message ${number} to ${domain} was delivered`);
      assert.ok(!returned.has(number), `message ${number} to ${domain} did not come back as well`);
      fates.delivered += 1;
      if (times > 1) fates.twice += 1;
      // One by the server that drops, one by each kill.
      assert.ok(times <= 1 + ROUNDS + (domain === 'drops' ? 1 : 0), `message ${number} to ${domain}: ${times} times`);
    }
    console.error(`queue: ${JSON.stringify(fates)} of ${acknowledged.size} acknowledged, ${ROUNDS} kills`);
  } finally {
    await server.stop();
    for (const one of servers.values()) await one.close();
    rmSync(scratch, { recursive: true, force: true });
  }
});

function domainOf(number: number): string {
  return DOMAINS[number % DOMAINS.length]!;
}

/** Hands in messages from `from` on, one after the other; resolves to the first that was not acknowledged. */
function submit(port: number, from: number, to: number, acknowledged: Set<string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let number = from;
    let step = 0;
    let held = '';
    const say = (text: string): void => void socket.write(`${text}\r\n`);
    const steps = [
      () => say('EHLO t'),
      () => say('MAIL FROM:<sender@here.test>'),
      () => say(`RCPT TO:<box@${domainOf(number)}.test>`),
      () => say('DATA'),
      () => say(`X-Number: ${number}\r\nSubject: ${number}\r\n\r\n${'text '.repeat(number % 300)}\r\n.`),
    ];
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (let at = held.indexOf('\r\n'); at !== -1; at = held.indexOf('\r\n')) {
        const line = held.slice(0, at);
        held = held.slice(at + 2);
        if (line[3] === '-') continue;
        if (step === steps.length) {
          if (line.startsWith('250')) acknowledged.add(String(number++));
          step = 1;
          if (number === to) return void socket.destroy();
        }
        steps[step++]!();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(number));
  });
}

/** Numbers of the messages that came back to the sender. */
async function reports(server: Serving): Promise<Set<string>> {
  const list = await server.cs('ls', 'cs://local/mail', '--user', 'sender@here.test', '--json');
  assert.equal(list.code, 0, list.stderr);
  const numbers = new Set<string>();
  for (const line of list.stdout.split('\n').filter(Boolean)) {
    const { id } = JSON.parse(line) as { id: string };
    const { stdout } = await server.cs('get', `cs://local/mail/${id}`);
    const number = /^X-Number: (\S+)/m.exec(stdout)?.[1];
    if (/^Action: failed/m.test(stdout) && number !== undefined) numbers.add(number);
  }
  return numbers;
}
