/** An FTP server behind a real door on loopback, over a tree in memory; control and data connections as a test plays them. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { FileTree } from '../../../src/contracts/files.ts';
import type { LogFacts } from '../../../src/contracts/store.ts';
import { type FilePath, filePath } from '../../../src/kit/file-path.ts';
import { defaults, type Values } from '../../../src/kit/option.ts';
import { createBeside } from '../../../src/net/beside.ts';
import type { Door } from '../../../src/net/door.ts';
import { parseExtendedPort, parseHostPort } from '../../../src/protocols/ftp/host-port.ts';
import { options } from '../../../src/protocols/ftp/options.ts';
import { server } from '../../../src/protocols/ftp/server.ts';
import type { FtpContext } from '../../../src/protocols/ftp/session.ts';
import { open as openMemory } from '../../../src/stores/memory-tree/open.ts';
import { options as treeOptions } from '../../../src/stores/memory-tree/options.ts';
import { type FileWrap, houseOf } from '../../../src/stores/wrap/files/house.ts';
import { certificate } from '../../net/certificate.ts';
import { LIMITS, open as openDoor } from '../../net/door-fixture.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';

export interface StageOptions {
  readonly options?: Partial<Values<typeof options>>;
  /** `--fail`, as written. */
  readonly fail?: readonly string[];
  readonly tls?: FtpContext['tls'];
  readonly accounts?: Accounts;
  /** In place of one in memory. */
  readonly tree?: FileTree;
  readonly wraps?: readonly FileWrap[];
  /** The first and the last port that wait for data connections, and how long, in milliseconds. */
  readonly ports?: readonly [number, number];
  readonly wait?: number;
  readonly publicAddress?: string;
  readonly limits?: Partial<typeof LIMITS>;
  readonly host?: string;
  readonly overloaded?: () => boolean;
}

/** Takes any login but the password `wrong`. */
export const anyLogin: Accounts = {
  mode: 'any',
  verify: async (user, proof) => {
    const text = proof.kind === 'password' ? proof.password.reveal() : proof.token.reveal();
    return text === 'wrong' ? undefined : { name: user.toLowerCase(), addresses: [], known: false };
  },
  settle: async () => undefined,
  owner: async () => undefined,
};

export interface Logged {
  readonly event: string;
  readonly facts: LogFacts;
}

export class Stage implements AsyncDisposable {
  readonly door: Door;
  readonly tree: FileTree;
  readonly logged: Logged[];
  readonly #close: () => Promise<void>;

  private constructor(door: Door, tree: FileTree, logged: Logged[], close: () => Promise<void>) {
    this.door = door;
    this.tree = tree;
    this.logged = logged;
    this.#close = close;
  }

  static async open(how: StageOptions = {}): Promise<Stage> {
    const logged: Logged[] = [];
    const log = (_level: string, event: string, facts: LogFacts = {}) => void logged.push({ event, facts });
    const opened = how.tree ? undefined : await openMemory({ root: undefined, options: defaults(treeOptions), log });
    const tree = how.tree ?? opened!.tree;
    const limits = { ...LIMITS, commandTime: 60_000, idleTime: 60_000, minimumRate: 500, ...how.limits };
    const beside = createBeside({
      ports: how.ports ?? [49_152, 65_535],
      ...(how.wait === undefined ? {} : { wait: how.wait }),
      publicAddress: () => how.publicAddress,
    });
    const tls = how.tls ?? 'off';
    const chosen = { ...defaults(options), ...how.options, ...(how.fail ? { fail: how.fail } : {}) };
    const context: FtpContext = {
      services: { accounts: how.accounts ?? anyLogin, files: houseOf(tree, how.wraps ?? []) },
      options: chosen,
      server: { id: 'ftp', scheme: 'ftp', hostname: 'localhost' },
      limits,
      reach: { hosts: [], origins: [] },
      overloaded: how.overloaded ?? (() => false),
      tls,
      beside,
      log,
      version: '1.2.3',
    };
    const handler = await server.open(context);
    const made = tls === 'off' ? undefined : await certificate();
    const { door, ...rest } = await openDoor(handler, {
      protocol: { name: 'ftp', refusals: { connections: '421 too many\r\n', shutdown: '421 bye\r\n' }, alpn: ['ftp'] },
      limits,
      beside,
      listen: { hosts: [how.host ?? '127.0.0.1'], port: 0 },
      tls: made && tls !== 'off' ? { mode: tls, context: () => made } : { mode: 'off' },
    });
    return new Stage(door, tree, logged, async () => {
      await rest[Symbol.asyncDispose]();
      await opened?.[Symbol.asyncDispose]();
    });
  }

  /** Before the conversation begins. Directories on the way are made. */
  async put(path: string, content: Uint8Array | string): Promise<void> {
    const at = filePath(path.split('/').filter(Boolean));
    for (let depth = 1; depth < at.length; depth++) await this.makeDir(at.slice(0, depth));
    const draft = await this.tree.write!(at, { mode: 'replace' });
    await draft.write(Buffer.from(content));
    await draft.commit({ modified: Date.UTC(2020, 1, 3, 4, 5, 6), mode: 0o644 });
  }

  async makeDir(path: FilePath): Promise<void> {
    await this.tree.makeDir!(path).catch(() => {});
  }

  /** Undefined: not there. */
  async content(path: string): Promise<string | undefined> {
    try {
      await using file = await this.tree.open(filePath(path.split('/').filter(Boolean)));
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.read()) chunks.push(chunk);
      return Buffer.concat(chunks).toString('latin1');
    } catch {
      return undefined;
    }
  }

  async socket(localAddress?: string): Promise<Socket> {
    const host = this.door.hosts[0]!;
    const socket = connect({
      port: this.door.port,
      host,
      allowHalfOpen: true,
      ...(localAddress ? { localAddress } : {}),
    });
    await once(socket, 'connect');
    return socket;
  }

  /** A client that was greeted. */
  async client(): Promise<FtpClient> {
    const client = new FtpClient(await this.socket());
    await client.reply();
    return client;
  }

  /** A client that is logged in, in TYPE I. */
  async login(user = 'ann'): Promise<FtpClient> {
    const client = await this.client();
    await client.ask(`USER ${user}`);
    await client.ask('PASS secret');
    await client.ask('TYPE I');
    return client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** A client's side of a control connection, by hand. */
export class FtpClient extends RawPeer {
  /** A whole reply; the lines between have their space. */
  async reply(): Promise<string> {
    const first = await this.line();
    if (first[3] !== '-') return first;
    const lines = [first];
    while (!lines.at(-1)!.startsWith(`${first.slice(0, 3)} `)) lines.push(await this.line());
    return lines.join('\n');
  }

  override ask(text: string): Promise<string> {
    this.send(`${text}\r\n`);
    return this.reply();
  }

  /** The code alone. */
  async code(text: string): Promise<number> {
    return Number((await this.ask(text)).slice(0, 3));
  }

  /** EPSV, and the data connection to where it says. */
  async passive(localAddress?: string): Promise<Socket> {
    const said = await this.ask('EPSV');
    return dataConnection(said, (this.stream as Socket).remoteAddress, localAddress);
  }

  /** What a transfer command brings, and its final reply. */
  async get(command: string): Promise<{ content: string; reply: string }> {
    const data = new RawPeer(await this.passive());
    const first = await this.ask(command);
    if (!first.startsWith('150')) {
      data.stream.destroy();
      return { content: '', reply: first };
    }
    const content = (await data.rest()).toString('latin1');
    data.end();
    return { content, reply: await this.reply() };
  }

  /** The final reply to an upload of all of `content`. */
  async put(command: string, content: Uint8Array | string): Promise<string> {
    const data = await this.passive();
    const first = await this.ask(command);
    if (!first.startsWith('150')) {
      data.destroy();
      return first;
    }
    data.end(content);
    return this.reply();
  }
}

/** By the words of a 227 or 229. */
export async function dataConnection(said: string, host = '127.0.0.1', localAddress?: string): Promise<Socket> {
  const port = parseExtendedPort(said) ?? parseHostPort(said)?.port;
  if (port === undefined) throw new Error(`no port in ${said}`);
  const socket = connect({ port, host, allowHalfOpen: true, ...(localAddress ? { localAddress } : {}) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Waits where PORT and EPRT say. */
export async function waitingPort(host = '127.0.0.1'): Promise<{ port: number; came: Promise<Socket> }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, host);
  await once(listener, 'listening');
  const came = once(listener, 'connection').then(([socket]) => {
    listener.close();
    return socket as Socket;
  });
  return { port: (listener.address() as { port: number }).port, came };
}

/** The client's half of a handshake over `socket`; the certificate is not judged. */
export async function secured(socket: Socket, how: ConnectionOptions = {}): Promise<TLSSocket> {
  socket.removeAllListeners('data');
  const tls = tlsConnect({ socket, rejectUnauthorized: false, ...how });
  tls.on('error', () => {});
  await once(tls, 'secureConnect');
  return tls;
}
