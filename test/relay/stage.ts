/** Relays at work on a spool in memory, before mail servers that are objects: no sockets, and a clock of the test's own. */
import type { Delivery, Draft, Envelope } from '../../src/contracts/delivery.ts';
import type { NewFact } from '../../src/contracts/journal.ts';
import { CsError } from '../../src/kit/errors.ts';
import type { Sign } from '../../src/relay/lane.ts';
import { Relay, type RelaySettings } from '../../src/relay/relay.ts';
import type { Hop, Route } from '../../src/relay/route.ts';
import { MemorySpool } from '../../src/stores/memory/spool.ts';

export interface Taken {
  readonly envelope: Envelope;
  readonly text: string;
}

/** A mail server: what it says to whom. */
export interface Peer {
  readonly taken: Taken[];
  connections: number;
  /** Connections open now, and the most there were. */
  open: number;
  most: number;
  /** Throws: the connection fails. */
  connect: (hop: Hop) => void | Promise<void>;
  /** A reply for each recipient; throws: the transaction fails as a whole. */
  rcpt: (address: string) => string;
  /** Throws: after the last dot. */
  commit: (signal: AbortSignal) => void | Promise<void>;
  capabilities: readonly string[];
}

export function peer(more: Partial<Peer> = {}): Peer {
  return {
    taken: [],
    connections: 0,
    open: 0,
    most: 0,
    connect: () => {},
    rcpt: () => '250 2.1.5 ok',
    commit: () => {},
    capabilities: ['DSN'],
    ...more,
  };
}

export function refused(reply: string): CsError {
  return new CsError(reply.startsWith('5') ? 'CS_PEER_REFUSED' : 'CS_PEER_TEMPORARY', reply, { reply });
}

/** A server that says nothing: what waits for it ends with the connection. */
export function silence(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function deliveryTo(there: Peer, signal: AbortSignal): Delivery {
  return {
    open: (envelope): Draft => {
      const replies = envelope.to.map(({ address }) => there.rcpt(address));
      if (replies.every((reply) => !reply.startsWith('2')))
        throw refused(replies.find((one) => one.startsWith('4')) ?? replies[0]!);
      let text = '';
      return {
        write: (chunk) => {
          text += Buffer.from(chunk).toString('latin1');
          return undefined;
        },
        commit: async () => {
          await there.commit(signal);
          there.taken.push({ envelope, text });
          const results = envelope.to.map(({ address }, index) => {
            const reply = replies[index]!;
            return { address, accepted: reply.startsWith('2'), reply };
          });
          return { id: 'q1', size: text.length, results };
        },
        abort: async () => {},
      };
    },
  };
}

export interface Stage {
  readonly spool: MemorySpool;
  readonly relay: Relay;
  /** Reports, as they were delivered. */
  readonly reports: Taken[];
  readonly facts: NewFact[];
  now: number;
  /** Spools a message; resolves to its id. */
  send(to: Envelope['to'] | readonly string[], more?: Partial<Envelope>, text?: string): Promise<string>;
  /** Resolves when a fact of that event came, the nth. */
  fact(event: string, nth?: number): Promise<NewFact>;
}

export const SETTINGS: RelaySettings = {
  connections: 10,
  connectionsPerDomain: 2,
  rate: 0,
  schedule: { first: 300_000, longest: 14_400_000, warning: 14_400_000, lifetime: 432_000_000 },
  times: { connect: 5000, command: 5000, data: 5000, final: 5000 },
  hostname: 'relay.test',
};

export function relayStage(
  peers: Readonly<Record<string, Peer>>,
  more: Partial<RelaySettings> = {},
  route?: Route,
  sign?: Sign,
): Stage {
  const spool = new MemorySpool(1 << 26);
  const facts: NewFact[] = [];
  const reports: Taken[] = [];
  const waiting = new Set<() => void>();
  const reporter = peer();
  let ahead = 0;
  const stage = {
    get now(): number {
      return Date.now() + ahead;
    },
    set now(time: number) {
      ahead = time - Date.now();
    },
  };
  const relay = new Relay({
    spool,
    sign,
    route: route ?? (async (domain) => [{ host: domain, address: '192.0.2.1', port: 25 }]),
    connect: async (hop, signal) => {
      const there = peers[hop.host];
      if (!there) throw new CsError('CS_CANNOT_CONNECT', `${hop.host} refused the connection`);
      await there.connect(hop);
      signal.throwIfAborted();
      there.connections += 1;
      there.open += 1;
      there.most = Math.max(there.most, there.open);
      return {
        delivery: deliveryTo(there, signal),
        facts: () => ({ capabilities: there.capabilities }),
        [Symbol.asyncDispose]: async () => {
          there.open -= 1;
        },
      };
    },
    reports: deliveryTo(Object.assign(reporter, { taken: reports }), new AbortController().signal),
    journal: {
      add: async (fact) => {
        facts.push(fact);
        for (const look of waiting) look();
        return facts.length;
      },
    },
    log: () => {},
    settings: { ...SETTINGS, ...more },
    now: () => stage.now,
  });
  return Object.assign(stage, {
    spool,
    relay,
    reports,
    facts,
    send: async (
      to: Envelope['to'] | readonly string[],
      extra: Partial<Envelope> = {},
      text = 'Subject: s\r\n\r\nhi\r\n',
    ) => {
      const recipients = to.map((one) => (typeof one === 'string' ? { address: one } : one));
      const draft = await spool.open({ from: 'bob@y.test', to: recipients, ...extra });
      await draft.write(Buffer.from(text));
      const { id } = await draft.commit();
      relay.wake();
      return id;
    },
    fact: (event: string, nth = 1) =>
      new Promise<NewFact>((resolve) => {
        const look = (): void => {
          const found = facts.filter((one) => one.event === event)[nth - 1];
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  });
}
