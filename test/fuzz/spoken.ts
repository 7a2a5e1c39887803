/** Conversations in memory, without a clock: one end has said everything it will say, the other is the code under test. */
import { Duplex } from 'node:stream';
import type { Connection } from '../../src/contracts/connection.ts';
import type { Dial, Handler } from '../../src/contracts/protocol.ts';
import type { LogFacts } from '../../src/contracts/store.ts';
import { CsError } from '../../src/kit/errors.ts';
import { StreamConnection } from '../../src/net/connection.ts';
import { duplexPair } from '../net/duplex-pair.ts';
import { blameless } from './wire.ts';

const HERE = { address: '127.0.0.1', port: 1, loopback: true } as const;

/** Turns of the event loop without a word after which a patient speaker has heard all. */
const QUIET = 30;

/** Brings the chunks one after the other, then the end; a patient one waits for the answers before. `heard` gets them. */
export function speaker(chunks: readonly Buffer[], heard: (chunk: Buffer) => void, patient = false): Duplex {
  let at = 0;
  let turns = 0;
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      const next = chunks[at++];
      if (next) this.push(next);
      else if (patient) setImmediate(wait);
      else this.push(null);
    },
    write(chunk: Buffer, _encoding, done) {
      turns = 0;
      heard(chunk);
      done();
    },
  });
  const wait = (): void => {
    turns += 1;
    if (stream.destroyed) return;
    if (turns < QUIET) setImmediate(wait);
    else stream.push(null);
  };
  return stream;
}

/** Between two turns of a conversation that was written down. */
export const TURN = '\x1e';
/** Between two connections. */
export const VISIT = '\x1d';

/** A server that was written down: its next turn comes when it hears something, or when nobody says anything; then it leaves. */
export function answerer(turns: readonly Buffer[]): Duplex {
  let at = 0;
  let quiet = 0;
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      if (at === 0) next();
    },
    write(chunk: Buffer, _encoding, done) {
      next();
      // Clients wait a second for a goodbye; this one is of few words.
      if (chunk.includes('QUIT')) for (; at <= turns.length; at++) stream.push(turns[at] ?? null);
      done();
    },
  });
  const next = (): void => {
    quiet = 0;
    if (at <= turns.length) stream.push(turns[at] ?? null);
    at += 1;
    if (at === 1) setImmediate(wait);
  };
  const wait = (): void => {
    quiet += 1;
    if (quiet > QUIET) next();
    if (at <= turns.length && !stream.destroyed) setImmediate(wait);
  };
  return stream;
}

/** What a server says to one of our clients: turn by turn, connection by connection. */
export async function recorded(handler: Handler, act: (dial: Dial) => Promise<unknown>): Promise<string> {
  const told: (() => string)[] = [];
  const ends: Duplex[] = [];
  await act(async () => {
    const [near, far] = duplexPair();
    ends.push(near, far);
    const turns: string[] = [''];
    const said = near.write.bind(near) as (chunk: Buffer, ...rest: unknown[]) => boolean;
    near.write = ((chunk: Buffer, ...rest: unknown[]) => {
      turns.push(turns.pop() + chunk.toString('latin1'));
      return said(chunk, ...rest);
    }) as typeof near.write;
    const asked = far.write.bind(far) as (chunk: Buffer, ...rest: unknown[]) => boolean;
    far.write = ((chunk: Buffer, ...rest: unknown[]) => {
      if (turns.at(-1) !== '') turns.push('');
      return asked(chunk, ...rest);
    }) as typeof far.write;
    told.push(() => turns.join(TURN));
    const conn = connection(near, 'server');
    void handler(conn as Connection)
      .catch(() => {})
      .finally(() => conn.close());
    return connection(far, 'client');
  });
  for (const end of ends) end.destroy();
  return told.map((text) => text()).join(VISIT);
}

export function connection(stream: Duplex, role: 'server' | 'client'): StreamConnection {
  const conn: StreamConnection = new StreamConnection({
    stream,
    id: 'c1',
    role,
    peer: HERE,
    local: { ...HERE, port: 2 },
    // One for all would gather the listeners of every server there ever was.
    draining: new AbortController().signal,
    // A handshake is another wire's affair: here it fails, and the stream with it.
    upgrade: () => {
      setImmediate(() => conn.destroy());
      return Promise.reject(new CsError('CS_TLS', 'no handshake here'));
    },
  });
  return conn;
}

/** Faults of ours that a server only logs. */
export class Complaints {
  readonly #found: string[] = [];
  readonly log = (level: string, event: string, facts: LogFacts = {}): void => {
    if (level === 'error') this.#found.push(`${event} ${JSON.stringify(facts)}`);
  };

  /** Throws what was logged as an error since. */
  none(): void {
    if (this.#found.length > 0) throw new Error(this.#found.splice(0).join('\n'));
  }
}

/** Everything the server said to a client that said `chunks` and hung up, a patient one not before it was answered. */
export async function conversed(handler: Handler, chunks: readonly Buffer[], patient = false): Promise<Buffer> {
  const heard: Buffer[] = [];
  const conn = connection(
    speaker(chunks, (chunk) => heard.push(chunk), patient),
    'server',
  );
  try {
    await handler(conn as Connection);
    await conn.close();
  } catch (error) {
    blameless(error);
  } finally {
    conn.destroy();
  }
  return Buffer.concat(heard);
}

/** Something that serves, made anew after so many uses: what it keeps must not grow for ever. */
export function renewed<T>(open: () => Promise<T>, uses: number): () => Promise<T> {
  let current: Promise<T> | undefined;
  let left = 0;
  return () => {
    if (left === 0 || !current) {
      left = uses;
      current = open();
    }
    left -= 1;
    return current;
  };
}
