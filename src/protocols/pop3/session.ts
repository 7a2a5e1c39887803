import type { Connection } from '../../contracts/connection.ts';
import type { ServerContext } from '../../contracts/protocol.ts';
import type { ReplyFaults } from '../../kit/faults.ts';
import type { Distrust } from '../shared/distrust.ts';
import type { Maildrop } from './maildrop.ts';
import type { options } from './options.ts';
import { ServerWire } from './server-wire.ts';

export type Pop3Context = ServerContext<'accounts' | 'mail', typeof options>;

/** A body is cut into writes of about this many octets where we make it ourselves. */
const PIECE = 32 * 1024;

/** One client: its wire, its connection, and what it has reached so far. */
export class Session {
  readonly ctx: Pop3Context;
  readonly conn: Connection;
  readonly wire: ServerWire;
  readonly faults: ReplyFaults;
  readonly distrust: Distrust;
  /** What USER said. */
  user: string | undefined;
  /** UTF8 was accepted (RFC 6856). */
  utf8 = false;
  failures = 0;
  /** Inside AUTH: takes the next base64 line. */
  exchange: ((response: string) => Promise<void>) | undefined;
  /** A command has begun and its line is not complete. */
  partial = false;
  /** TLS has begun and nothing was said inside. */
  silent = false;
  /** Between commands: then a draining door may say goodbye at any time. */
  waiting = false;
  /** Set when we end it: everything behind is left unread. */
  over = false;
  maildrop: Maildrop | undefined;

  constructor(ctx: Pop3Context, conn: Connection, faults: ReplyFaults, distrust: Distrust) {
    this.ctx = ctx;
    this.conn = conn;
    this.wire = new ServerWire(ctx.options.newline);
    this.faults = faults;
    this.distrust = distrust;
  }

  leaveMaildrop(): void {
    this.maildrop?.[Symbol.dispose]();
    this.maildrop = undefined;
  }

  ok(text = ''): Promise<void> {
    return this.conn.write(this.wire.send({ kind: 'status', ok: true, text }));
  }

  err(text: string, code?: string): Promise<void> {
    return this.conn.write(
      this.wire.send({ kind: 'status', ok: false, text, ...(code === undefined ? {} : { code }) }),
    );
  }

  challenge(text: string): Promise<void> {
    return this.conn.write(this.wire.send({ kind: 'challenge', text }));
  }

  /** A positive status and its lines. */
  async lines(text: string, lines: Iterable<string>): Promise<void> {
    await this.ok(text);
    let piece = '';
    for (const line of lines) {
      piece += `${line}\r\n`;
      if (piece.length < PIECE) continue;
      await this.body(Buffer.from(piece));
      piece = '';
    }
    await this.body(Buffer.from(piece));
    await this.conn.write(this.wire.send({ kind: 'end' }));
  }

  body(bytes: Uint8Array): Promise<void> {
    return this.conn.write(this.wire.send({ kind: 'body', bytes }));
  }

  /** A positive status and a body that a reader must keep up with. */
  async stream(text: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.ok(text);
    this.conn.phase = 'D';
    this.conn.deadline(0, this.ctx.limits.minimumRate);
    for await (const chunk of chunks) await this.body(chunk);
    await this.conn.write(this.wire.send({ kind: 'end' }));
    this.conn.phase = 'C';
  }
}
