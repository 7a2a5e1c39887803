import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { NewFact } from '../../src/contracts/journal.ts';
import type { Handler, Limits } from '../../src/contracts/protocol.ts';
import { type Door, type DoorConfig, openDoor } from '../../src/net/door.ts';

export const LIMITS: Limits = {
  connections: 100,
  connectionsPerAddress: 10,
  connectionsPerUser: 2,
  handshakeTime: 30_000,
  commandTime: 30_000,
  idleTime: 30_000,
  minimumRate: 0,
};

export interface Opened extends AsyncDisposable {
  readonly door: Door;
  readonly facts: NewFact[];
  readonly logged: { level: string; event: string; facts: Record<string, unknown> }[];
  /** Resolves with the next (or an earlier) fact of that event. */
  fact(event: string, nth?: number): Promise<NewFact>;
}

/** A door over `handler` on 127.0.0.1 (or as configured), with everything it records. */
export async function open(handler: Handler, more: Partial<DoorConfig> = {}): Promise<Opened> {
  const facts: NewFact[] = [];
  const logged: Opened['logged'] = [];
  const waiting: (() => void)[] = [];
  const door = await openDoor({
    id: 'echo',
    protocol: { name: 'echo', refusals: { connections: '421 too many\r\n', shutdown: '421 bye\r\n' } },
    handler,
    listen: { hosts: ['127.0.0.1'], port: 0 },
    tls: { mode: 'off' },
    limits: LIMITS,
    journal: {
      add: async (fact) => {
        facts.push(fact);
        for (const wake of waiting.splice(0)) wake();
        return facts.length;
      },
    },
    log: (level, event, more = {}) => logged.push({ level, event, facts: more }),
    ...more,
  });
  const fact = async (event: string, nth = 1): Promise<NewFact> => {
    for (;;) {
      const found = facts.filter((one) => one.event === event)[nth - 1];
      if (found) return found;
      await new Promise<void>((wake) => waiting.push(wake));
    }
  };
  return { door, facts, logged, fact, [Symbol.asyncDispose]: () => door.close() };
}

/** Answers every chunk with itself, until the peer has said everything. */
export const echo: Handler = async (conn) => {
  conn.phase = 'C';
  for await (const chunk of conn) await conn.write(chunk);
  conn.phase = 'Q';
};

export async function dial(door: Door, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host, port: door.port, allowHalfOpen: true });
  await once(socket, 'connect');
  // Who is dropped may hear it before he listens.
  return socket.on('error', () => {});
}

/** Everything until the other end's FIN; a reset counts as an end. */
export async function all(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  if (!socket.readableEnded && !socket.destroyed) {
    await new Promise<void>((done) => {
      socket
        .on('end', () => done())
        .on('error', () => done())
        .on('close', () => done());
    });
  }
  return Buffer.concat(parts).toString();
}
