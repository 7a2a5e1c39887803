/** An SMTP server behind the real door, over the memory store, and a client that says exactly what it is told. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { createAccounts } from '../../../src/auth/accounts.ts';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { Delivery } from '../../../src/contracts/delivery.ts';
import type { Fact } from '../../../src/contracts/journal.ts';
import type { Handler, Limits } from '../../../src/contracts/protocol.ts';
import type { OpenStore } from '../../../src/contracts/store.ts';
import type { ChosenFaults } from '../../../src/kit/faults.ts';
import { defaults, type Values } from '../../../src/kit/option.ts';
import { type Door, openDoor } from '../../../src/net/door.ts';
import { options } from '../../../src/protocols/smtp/options.ts';
import { smtp } from '../../../src/protocols/smtp/protocol.ts';
import { server } from '../../../src/protocols/smtp/server.ts';
import { open as openMemory } from '../../../src/stores/memory/open.ts';
import { options as storeOptions } from '../../../src/stores/memory/options.ts';
import { localRecipients } from '../../../src/stores/wrap/local-recipients.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';

export interface StageConfig {
  readonly options?: Partial<Values<typeof options>> & {
    readonly fail?: readonly string[];
    readonly failSeed?: number;
  };
  readonly scheme?: string;
  readonly tls?: 'off' | 'offered' | 'required' | 'implicit';
  readonly certificate?: SecureContextOptions;
  readonly limits?: Partial<Limits>;
  readonly auth?: 'any' | 'required';
  /** Instead of, or around, the store's. */
  readonly delivery?: (store: OpenStore, accounts: Accounts) => Delivery;
  readonly overloaded?: () => boolean;
  readonly chosenFaults?: ChosenFaults;
  /** Clients bring a PROXY header, so that they can be from anywhere. */
  readonly proxied?: boolean;
}

export const LIMITS: Limits = {
  connections: 100,
  connectionsPerAddress: 100,
  connectionsPerUser: 10,
  handshakeTime: 10_000,
  commandTime: 60_000,
  idleTime: 300_000,
  minimumRate: 500,
};

export interface Captured {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** Of the log: errors, and warnings. */
interface Said {
  readonly logged: string[];
  readonly warned: string[];
}

export class Stage implements AsyncDisposable {
  readonly door: Door;
  readonly store: OpenStore;
  readonly accounts: Accounts;
  readonly logged: string[];
  readonly warned: string[];
  /** For a connection that comes by no door. */
  readonly handler: Handler;
  readonly #proxied: boolean;

  constructor(door: Door, handler: Handler, store: OpenStore, accounts: Accounts, said: Said, proxied: boolean) {
    this.door = door;
    this.handler = handler;
    this.store = store;
    this.accounts = accounts;
    this.logged = said.logged;
    this.warned = said.warned;
    this.#proxied = proxied;
  }

  static async open(config: StageConfig = {}): Promise<Stage> {
    const { certificate, scheme = 'smtp', auth = 'any', tls = certificate ? 'offered' : 'off' } = config;
    const said: Said = { logged: [], warned: [] };
    const log = (level: string, event: string, facts: object = {}) => {
      const lines = level === 'error' ? said.logged : level === 'warn' ? said.warned : [];
      lines.push(`${event} ${JSON.stringify(facts)}`);
    };
    const store = await openMemory({ dir: undefined, options: defaults(storeOptions), log });
    const accounts = createAccounts({
      records: store.users,
      mode: auth,
      journal: store.journal,
      log,
      throttleLoopback: false,
    });
    const own = auth === 'required' ? localRecipients(store.delivery, accounts) : store.delivery;
    const limits = { ...LIMITS, ...config.limits };
    const handler = await server.open({
      services: { accounts, delivery: config.delivery?.(store, accounts) ?? own, journal: store.journal },
      options: { ...defaults(options), ...config.options },
      server: { id: scheme, scheme, hostname: 'mail.test' },
      limits,
      ...(config.overloaded ? { overloaded: config.overloaded } : {}),
      ...(config.chosenFaults ? { chosenFaults: config.chosenFaults } : {}),
      tls,
      log,
      version: '1.2.3',
    });
    const door = await openDoor({
      id: scheme,
      protocol: smtp,
      handler,
      listen: { hosts: ['127.0.0.1'], port: 0 },
      tls: tls === 'off' ? { mode: tls } : { mode: tls, context: () => certificate ?? {} },
      limits,
      journal: store.journal,
      log,
      ...(config.proxied ? { proxyFrom: ['127.0.0.1'] } : {}),
    });
    return new Stage(door, handler, store, accounts, said, config.proxied === true);
  }

  async socket(from = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: this.door.port, allowHalfOpen: true });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    if (this.#proxied) socket.write(`PROXY TCP4 ${from} 127.0.0.1 4000 25\r\n`);
    return socket;
  }

  /** A client that has read the greeting. */
  async client(from?: string): Promise<Client> {
    const client = new Client(await this.socket(from));
    await client.reply();
    return client;
  }

  /** A client that has said EHLO. */
  async greeted(from?: string): Promise<Client> {
    const client = await this.client(from);
    await client.ask('EHLO client.test');
    return client;
  }

  /** Everything is sent in one piece, the end too; the replies, the greeting left out. */
  async say(bytes: string | Uint8Array, from?: string): Promise<string[]> {
    const peer = new RawPeer(await this.socket(from));
    peer.send(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    peer.end();
    return splitReplies((await peer.rest()).toString('latin1')).slice(1);
  }

  async mails(): Promise<Captured[]> {
    const box = await this.store.mail.of('*');
    const mails: Captured[] = [];
    for (const { uid, envelope } of await box.list('INBOX')) {
      const parts: Uint8Array[] = [];
      for await (const part of box.read('INBOX', uid)) parts.push(part);
      mails.push({ ...envelope, text: Buffer.concat(parts).toString('latin1') });
    }
    return mails;
  }

  /** The next (or an earlier) fact of this event. */
  async fact(event: string): Promise<Fact> {
    for await (const fact of this.store.journal.since(0, [event], AbortSignal.timeout(60_000))) return fact;
    throw new Error(`no ${event}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.door.close();
    await this.store[Symbol.asyncDispose]();
  }
}

/** `250-a\r\n250 b\r\n` → one reply, its lines joined by `|`. */
export function splitReplies(text: string): string[] {
  const replies: string[] = [];
  let lines: string[] = [];
  for (const line of text.split('\r\n').slice(0, -1)) {
    lines.push(line);
    if (line[3] === '-') continue;
    replies.push(lines.join('|'));
    lines = [];
  }
  return replies;
}

export class Client extends RawPeer {
  /** One reply, its lines joined by `|`; '' when the server has closed. */
  async reply(): Promise<string> {
    const lines: string[] = [];
    do lines.push(await this.line());
    while (lines.at(-1)?.[3] === '-');
    return lines.join('|');
  }

  override ask(text: string): Promise<string> {
    this.send(Buffer.from(`${text}\r\n`, 'latin1'));
    return this.reply();
  }

  /** What it says until it closes, as replies. */
  async goodbye(): Promise<string[]> {
    return splitReplies((await this.rest()).toString('latin1'));
  }

  async askAll(...lines: readonly string[]): Promise<string[]> {
    const replies: string[] = [];
    for (const line of lines) replies.push(await this.ask(line));
    return replies;
  }
}

export const ENVELOPE = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n';
export const START = `EHLO c.test\r\n${ENVELOPE}`;

/** The codes of replies, enhanced codes too: `550 5.5.2`. */
export function codes(replies: readonly string[]): string[] {
  return replies.map((reply) => /^\d{3}(?: \d\.\d+\.\d+)?/.exec(reply)?.[0] ?? reply);
}
