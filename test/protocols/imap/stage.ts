/** A IMAP server over the memory store, one connection in memory at a time. */
import { Duplex } from 'node:stream';
import { after } from 'node:test';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { MailHouse } from '../../../src/contracts/mail.ts';
import type { ServerContext } from '../../../src/contracts/protocol.ts';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { defaults, type Values } from '../../../src/kit/option.ts';
import { StreamConnection } from '../../../src/net/connection.ts';
import { options } from '../../../src/protocols/imap/options.ts';
import { server } from '../../../src/protocols/imap/server.ts';
import type { ImapContext } from '../../../src/protocols/imap/session.ts';
import { open } from '../../../src/stores/memory/open.ts';
import { options as storeOptions } from '../../../src/stores/memory/options.ts';
import { duplexPair } from '../../net/duplex-pair.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';

export interface StageOptions {
  readonly options?: Partial<Values<typeof options>>;
  /** `--fail`, as written. */
  readonly fail?: readonly string[];
  readonly tls?: ServerContext['tls'];
  /** The client's address; 127.0.0.1. */
  readonly peer?: string;
  readonly accounts?: Accounts;
  /** In place of the memory store's. */
  readonly mail?: MailHouse;
  /** Milliseconds. */
  readonly commandTime?: number;
  readonly overloaded?: () => boolean;
}

/** Takes any login but the password `wrong`. */
export const anyLogin: Accounts = {
  mode: 'any',
  verify: async (user, proof) => {
    const text = proof.kind === 'password' ? proof.password.reveal() : proof.token.reveal();
    return text === 'wrong' ? undefined : { name: user.toLowerCase(), addresses: [], known: false };
  },
  settle: async (user, proved) => (proved ? { name: user, addresses: [], known: false } : undefined),
  owner: async () => undefined,
};

/** A test that fails leaves its connections behind, and their deadlines would keep the process. */
const opened: StreamConnection[] = [];
after(() => {
  for (const conn of opened) conn.destroy();
});

export class Stage {
  readonly store: OpenStore;
  readonly drain = new AbortController();
  readonly #how: StageOptions;
  /** One for each connection: resolves when the server is done with it. */
  readonly served: Promise<void>[] = [];

  constructor(store: OpenStore, how: StageOptions) {
    this.store = store;
    this.#how = how;
  }

  static async open(how: StageOptions = {}): Promise<Stage> {
    const store = await open({ dir: undefined, options: defaults(storeOptions), log: () => {} });
    return new Stage(store, how);
  }

  async deliver(owner: string, mail: Uint8Array | string): Promise<void> {
    const draft = await this.store.delivery.open({ from: 'app@x.test', to: [{ address: owner }] });
    await draft.write(Buffer.from(mail));
    await draft.commit();
  }

  context(): ImapContext {
    return {
      services: { accounts: this.#how.accounts ?? anyLogin, mail: this.#how.mail ?? this.store.mail },
      options: { ...defaults(options), ...this.#how.options, ...(this.#how.fail ? { fail: this.#how.fail } : {}) },
      server: { id: 'imap', scheme: 'imap', hostname: 'localhost' },
      limits: {
        connections: 10,
        connectionsPerAddress: 10,
        connectionsPerUser: 10,
        handshakeTime: 10_000,
        commandTime: this.#how.commandTime ?? 60_000,
        idleTime: 300_000,
        minimumRate: 500,
      },
      ...(this.#how.overloaded ? { overloaded: this.#how.overloaded } : {}),
      tls: this.#how.tls ?? 'off',
      log: () => {},
      version: '1.2.3',
    };
  }

  /** The client's end of a new connection. */
  async connect(): Promise<Duplex> {
    const [near, far] = duplexPair();
    await this.serve(near);
    return far;
  }

  async serve(
    stream: Duplex,
    upgrade?: ConstructorParameters<typeof StreamConnection>[0]['upgrade'],
    alter: (conn: StreamConnection) => void = () => {},
  ): Promise<void> {
    const address = this.#how.peer ?? '127.0.0.1';
    const conn = new StreamConnection({
      stream,
      id: `c${this.served.length + 1}`,
      role: 'server',
      peer: { address, port: 1, loopback: address === '127.0.0.1' },
      local: { address: '127.0.0.1', port: 1, loopback: true },
      draining: this.drain.signal,
      ...(upgrade ? { upgrade } : {}),
    });
    opened.push(conn);
    alter(conn);
    const handle = await server.open(this.context());
    // As the door does: whatever a conversation ends with ends that conversation alone.
    this.served.push(
      handle(conn)
        .catch(() => {})
        .finally(() => conn.close()),
    );
  }

  async peer(alter?: (conn: StreamConnection) => void): Promise<RawPeer> {
    const [near, far] = duplexPair();
    await this.serve(near, undefined, alter);
    return new RawPeer(far);
  }

  /** A connection whose client takes nothing; `stuck` resolves when the server waits for it. */
  async blocked(): Promise<{ near: { stuck: Promise<void>; queued: number; taken: number }; far: Duplex }> {
    const near = { stuck: Promise.resolve(), queued: 0, taken: 0 };
    const clients: Buffer[] = [];
    let wake: () => void = () => {};
    near.stuck = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stream = new Duplex({
      read() {},
      // Never done: nothing that is written leaves.
      write(chunk: Buffer) {
        near.queued += chunk.length;
      },
    });
    const far = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        clients.push(chunk);
        done();
      },
    });
    await this.serve(stream);
    setImmediate(() => {
      for (const chunk of clients) stream.push(chunk);
      const look = (before: number, turns: number) => {
        near.queued = stream.writableLength;
        near.taken = near.queued / 100_000;
        if (turns > 20 && before === near.queued) wake();
        else setImmediate(look, near.queued, before === near.queued ? turns + 1 : 0);
      };
      look(-1, 0);
    });
    return { near, far };
  }

  /** A client that is logged in. */
  async login(user = 'ann@x.test'): Promise<RawPeer> {
    const peer = await this.peer();
    await peer.line();
    await ask(peer, `LOGIN ${user} secret`);
    return peer;
  }

  /** A client with a mailbox open. */
  async select(mailbox = 'INBOX', user = 'ann@x.test'): Promise<RawPeer> {
    const peer = await this.login(user);
    await ask(peer, `SELECT ${mailbox}`);
    return peer;
  }
}

/** Say a command; all lines up to its tagged one, which is the last. */
export async function ask(peer: RawPeer, command: string): Promise<string[]> {
  peer.send(`t ${command}\r\n`);
  return answer(peer, 't');
}

export async function answer(peer: RawPeer, tag: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await peer.line();
    if (line === '') return lines;
    lines.push(line);
    if (line.startsWith(`${tag} `)) return lines;
  }
}
