import type { Connection } from '../../contracts/connection.ts';
import type { FileTree, HashName } from '../../contracts/files.ts';
import type { ServerContext } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import type { ReplyFaults } from '../../kit/faults.ts';
import { type FilePath, ROOT, resolvePath } from '../../kit/file-path.ts';
import { DataChannel } from './data-channel.ts';
import type { options } from './options.ts';
import type { ServerWire } from './server-wire.ts';
import type { Transfer } from './transfer.ts';
import type { Reply, Request } from './wire.ts';

export type FtpContext = ServerContext<'accounts' | 'files', typeof options>;

/** One command's final reply; what comes before it (150) is said on the way. */
export type Answer = (session: Session, args: readonly string[]) => Reply | Promise<Reply>;

/** Facts of MLSD and MLST, as FEAT names them, in the order of their lines. */
export const FACTS = ['type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode'] as const;
export type FactName = (typeof FACTS)[number];

/** One client: its control connection, and what it has reached so far. */
export class Session {
  readonly ctx: FtpContext;
  readonly conn: Connection;
  readonly wire: ServerWire;
  readonly faults: ReplyFaults;
  readonly channel: DataChannel;
  failures = 0;
  /** What USER said; undefined again once PASS was answered. */
  user: string | undefined;
  /** PBSZ was said, so PROT may be. */
  bufferSaid = false;
  type: 'A' | 'I' = 'A';
  /** Where the next transfer begins (REST), and what it leaves out at the end (RANG). */
  restart: { readonly start: number; readonly end?: number } | undefined;
  /** Octets that ALLO announced. */
  announced: number | undefined;
  /** What RNFR named. */
  renamed: FilePath | undefined;
  hash: HashName = 'sha256';
  facts: ReadonlySet<FactName> = new Set(FACTS);
  cwd: FilePath = ROOT;
  /** The one transfer that is going on. */
  transfer: Transfer | undefined;
  /** ABOR was said, and not answered yet. */
  aborted = false;
  /** The client has hung up: nothing that it sends is all of it any more. */
  hungUp = false;
  /** A command has begun and its line is not complete. */
  partial = false;
  #tree: FileTree | undefined;
  /** Announced, and not sent yet. */
  #held: Uint8Array | undefined;

  constructor(ctx: FtpContext, conn: Connection, wire: ServerWire, faults: ReplyFaults) {
    this.ctx = ctx;
    this.conn = conn;
    this.wire = wire;
    this.faults = faults;
    this.channel = new DataChannel(ctx, conn);
  }

  /** The wire lets no command through that needs it before there is one. */
  get tree(): FileTree {
    if (!this.#tree) throw new CsError('CS_BUG', 'no tree before the login');
    return this.#tree;
  }

  /** Whether this tree can; before a login nobody knows, and it is announced as what the server can. */
  can(ability: 'hash' | 'space'): boolean {
    return this.#tree === undefined || this.#tree[ability] !== undefined;
  }

  /** Logged in; what an earlier login left is gone (trust.md FT-12). */
  enter(user: string): void {
    this.leave();
    this.conn.user = user;
    this.conn.phase = 'C';
    this.#tree = this.ctx.services.files.of({ user, server: this.ctx.server.id, conn: this.conn.id });
  }

  /** Nobody is logged in, and nothing of a login is left. TLS stays. */
  leave(): void {
    this.#tree = undefined;
    this.conn.user = undefined;
    this.conn.phase = 'A';
    this.user = undefined;
    this.cwd = ROOT;
    this.type = 'A';
    this.restart = undefined;
    this.announced = undefined;
    this.renamed = undefined;
    this.channel.forget();
  }

  path(text: string): FilePath {
    return resolvePath(this.cwd, text);
  }

  /** The name under which cut uploads are kept; by what house, and whose they are, is told from `files.of`. */
  get stage(): string {
    return `ftp ${this.conn.user ?? ''}`;
  }

  say(code: number, ...lines: string[]): Promise<void> {
    return this.answer({ code, lines });
  }

  answer(reply: Reply, request?: Request): Promise<void> {
    const bytes = this.wire.send(reply, request);
    const held = this.#held;
    this.#held = undefined;
    return this.conn.write(held ? Buffer.concat([held, bytes]) : bytes);
  }

  /** A 1xx reply: with the one behind it where that comes within this turn of the loop, else at its end. */
  announce(code: number, text: string): void {
    const bytes = this.wire.send({ code, lines: [text] });
    this.#held = bytes;
    setImmediate(() => {
      if (this.#held !== bytes) return;
      this.#held = undefined;
      void this.conn.write(bytes);
    });
  }
}

export function reply(code: number, ...lines: string[]): Reply {
  return { code, lines };
}
