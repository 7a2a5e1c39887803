/** A mail server over the memory store, one connection in memory at a time. */
import type { Duplex } from 'node:stream';
import { after } from 'node:test';
import type { Accounts } from '../../src/contracts/accounts.ts';
import type { MailHouse } from '../../src/contracts/mail.ts';
import type { ServerContext, ServerEnd } from '../../src/contracts/protocol.ts';
import type { OpenStore } from '../../src/contracts/store.ts';
import { defaults, type Values } from '../../src/kit/option.ts';
import { StreamConnection } from '../../src/net/connection.ts';
import { open } from '../../src/stores/memory/open.ts';
import { options as storeOptions } from '../../src/stores/memory/options.ts';
import { duplexPair } from '../net/duplex-pair.ts';
import { RawPeer } from '../transcripts/raw-peer.ts';

type Schema = Parameters<typeof defaults>[0];
type MailEnd<S extends Schema> = ServerEnd<'accounts' | 'mail', S>;

export interface StageOptions<S extends Schema = Schema> {
  readonly options?: Partial<Values<S>>;
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

export function memoryStore(): Promise<OpenStore> {
  return open({ dir: undefined, options: defaults(storeOptions), log: () => {} });
}

export class MailStage<S extends Schema> {
  readonly store: OpenStore;
  readonly drain = new AbortController();
  readonly #protocol: { readonly name: string; readonly server: MailEnd<S>; readonly options: S };
  readonly #how: StageOptions<S>;
  /** One for each connection: resolves when the server is done with it. */
  readonly served: Promise<void>[] = [];

  constructor(protocol: { name: string; server: MailEnd<S>; options: S }, store: OpenStore, how: StageOptions<S>) {
    this.#protocol = protocol;
    this.store = store;
    this.#how = how;
  }

  async deliver(owner: string, mail: Uint8Array | string): Promise<void> {
    const draft = await this.store.delivery.open({ from: 'app@x.test', to: [{ address: owner }] });
    await draft.write(Buffer.from(mail));
    await draft.commit();
  }

  context(): ServerContext<'accounts' | 'mail', S> {
    const how = this.#how;
    const { name, options } = this.#protocol;
    return {
      services: { accounts: how.accounts ?? anyLogin, mail: how.mail ?? this.store.mail },
      options: { ...defaults(options), ...how.options, ...(how.fail ? { fail: how.fail } : {}) },
      server: { id: name, scheme: name, hostname: 'localhost' },
      limits: {
        connections: 10,
        connectionsPerAddress: 10,
        connectionsPerUser: 10,
        handshakeTime: 10_000,
        commandTime: how.commandTime ?? 60_000,
        idleTime: 300_000,
        minimumRate: 500,
      },
      ...(how.overloaded ? { overloaded: how.overloaded } : {}),
      tls: how.tls ?? 'off',
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
    const handle = await this.#protocol.server.open(this.context());
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
}
