import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Connection, EndedBy, Peer, Phase, TlsFacts } from '../contracts/connection.ts';
import { CsError } from '../kit/errors.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { StreamConnectionOptions } from './connection-options.ts';
import { Deadline } from './deadline.ts';
import type { StreamHook } from './delay-line.ts';
import { HookedStream } from './hooked-stream.ts';
import { Linger } from './linger.ts';
import { counter } from './octet-counter.ts';
import { streamError } from './stream-error.ts';
import { tlsFacts } from './tls-facts.ts';

/** First octet of every TLS handshake record. */
const TLS_HANDSHAKE = 0x16;

/** One for all: the usual end needs no stack trace of its own. */
const CLOSED = new CsError('CS_FAILED', 'the connection is closed');
const NEVER = new AbortController().signal;
const LOST = 'the other end dropped the connection';
const SENT = Promise.resolve();

/** One conversation over a stream. Without hooks the stream itself is read, written and handed out. */
export class StreamConnection implements Connection {
  readonly id: string;
  readonly role: 'server' | 'client';
  readonly draining: AbortSignal;
  peer: Peer;
  phase: Phase = 'P';
  /** Who ended it; undefined while it lives. The first cause stays. */
  endedBy: EndedBy | undefined;
  /** What ended it, where that was a failure. */
  failure: CsError | undefined;

  #local: Peer | (() => Peer);
  readonly #raw: Duplex;
  readonly #onUser: StreamConnectionOptions['onUser'];
  readonly #patience: (ms: number) => number;
  #user: string | undefined;
  readonly #upgrade: StreamConnectionOptions['upgrade'];
  readonly #deadline: Deadline;
  readonly #linger = new Linger(
    () => this.#stream.writableLength,
    () => this.destroy(),
  );
  #hooks: readonly StreamHook[];
  #base: Duplex;
  #stream: Duplex;
  #writer: ByteWriter;
  #reader: ByteReader | undefined;
  #handed = false;
  readonly #counted = { in: 0, out: 0 };
  #abort: AbortController | undefined;
  #over: CsError | undefined;
  readonly #told: ((reason: CsError) => void)[] = [];
  readonly #closed: (() => void)[] = [];

  constructor(options: StreamConnectionOptions) {
    this.id = options.id;
    this.role = options.role;
    this.peer = options.peer;
    this.#local = options.local;
    this.draining = options.draining ?? NEVER;
    this.#raw = options.stream;
    this.#base = options.stream;
    this.#upgrade = options.upgrade;
    this.#onUser = options.onUser;
    const { overloaded, stressTime = 10_000 } = options;
    this.#patience = (ms) => (ms > stressTime && overloaded?.() ? stressTime : ms);
    this.#hooks = options.hooks ?? [];
    if (!(this.#raw instanceof Socket)) this.#hooks = [counter(this.#counted), ...this.#hooks];
    this.#deadline = new Deadline({
      moved: () => this.bytesIn + this.bytesOut - this.#stream.writableLength,
      busy: () => this.#reader?.behind === true,
      expire: (reason) => this.end('T', reason),
      grace: options.rateGrace,
    });
    [this.#stream, this.#writer] = this.#stack();
  }

  get local(): Peer {
    if (typeof this.#local === 'function') this.#local = this.#local();
    return this.#local;
  }

  set local(local: Peer) {
    this.#local = local;
  }

  get user(): string | undefined {
    return this.#user;
  }

  /** Throws `CS_BUSY` where the account has its share of connections already. */
  set user(user: string | undefined) {
    if (user === this.#user) return;
    this.#onUser?.(user, this.#user);
    this.#user = user;
  }

  get secure(): boolean {
    return isTls(this.#base);
  }

  get tls(): TlsFacts | undefined {
    return isTls(this.#base) ? tlsFacts(this.#base) : undefined;
  }

  get trusted(): boolean {
    return this.secure || this.peer.loopback;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#over && !this.#abort.signal.aborted) this.#abort.abort(this.#over);
    return this.#abort.signal;
  }

  whenOver(told: (reason: CsError) => void): void {
    if (this.#over) told(this.#over);
    else this.#told.push(told);
  }

  get bytesIn(): number {
    return this.#raw instanceof Socket ? this.#raw.bytesRead : this.#counted.in;
  }

  get bytesOut(): number {
    return this.#raw instanceof Socket ? this.#raw.bytesWritten : this.#counted.out;
  }

  /** True once the stream is gone. */
  get closed(): boolean {
    return this.#stream.destroyed;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    // Asked anew each time, so that one loop runs on across startTls.
    return { next: () => this.#read().next() };
  }

  write(bytes: Uint8Array | string): Promise<void> {
    return this.#writer.write(bytes);
  }

  deadline(ms: number, minimumRate?: number): void {
    // Who keeps up a rate is not silent.
    if (!this.#over) this.#deadline.arm(minimumRate === undefined ? this.#patience(ms) : ms, minimumRate);
  }

  async startTls(unread?: Uint8Array): Promise<void> {
    const upgrade = this.#upgrade;
    if (!upgrade) throw new CsError('CS_UNSAFE', 'TLS is not set up for this connection');
    if (this.secure) throw new CsError('CS_BUG', 'TLS has begun already');
    const early = this.#release();
    if (unread?.length) throw this.#injected(unread);
    if (early.length > 0) this.#beforeTls(early);
    const { phase } = this;
    this.phase = 'H';
    // Clear text still on its way must leave before the first TLS record.
    if (this.#base.writableLength > 0) await new Promise<unknown>((sent) => this.#base.write('', sent));
    const secured = await upgrade(this.#base).catch((error: unknown) => {
      const failure = streamError(error);
      this.end(failure.code === 'CS_TIMEOUT' ? 'T' : 'C', failure);
      throw failure;
    });
    this.phase = phase;
    this.#base = secured;
    this.#handed = false;
    for (const hook of this.#hooks) hook.note?.(`TLS began (${secured.getProtocol()})`);
    [this.#stream, this.#writer] = this.#stack();
  }

  close(by: EndedBy = 'S'): Promise<void> {
    this.endedBy ??= by;
    this.#deadline.clear();
    const stream = this.#stream;
    if (stream.closed) return SENT;
    const gone = this.gone();
    if (this.#nothingOwed()) {
      stream.destroy();
      return gone;
    }
    if (!stream.writableEnded) stream.end();
    this.#linger.soft();
    // Read on to the peer's FIN: unread bytes would turn our last words into a reset.
    if (!this.#handed) this.#drop();
    return gone;
  }

  duplex(): Duplex {
    if (this.#handed) throw new CsError('CS_BUG', 'the stream was taken already');
    const unread = this.#reader?.release();
    this.#reader = undefined;
    if (unread?.length) this.#stream.unshift(unread);
    this.#handed = true;
    return this.#stream;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Resolves when the stream is gone. Never rejects. */
  gone(): Promise<void> {
    if (this.#stream.closed) return SENT;
    return new Promise((resolve) => {
      this.#closed.push(resolve);
    });
  }

  /** Put bytes back in front: they were read too far. Only while nobody iterates. */
  unread(bytes: Uint8Array): void {
    const rest = Buffer.concat([bytes, this.#reader?.release() ?? new Uint8Array(0)]);
    this.#reader = undefined;
    if (rest.length > 0) this.#stream.unshift(rest);
  }

  /** Further filters above those there are; before anybody reads. */
  addHooks(...hooks: StreamHook[]): void {
    const early = this.#release();
    if (early.length > 0) this.#base.unshift(early);
    this.#hooks = [...this.#hooks, ...hooks];
    [this.#stream, this.#writer] = this.#stack();
  }

  /** It is over for this reason: `signal` aborts, reading throws, and a second later the stream is gone. */
  end(by: EndedBy, reason: CsError): void {
    this.endedBy ??= by;
    this.failure ??= reason;
    this.#finish(reason);
    this.#reader?.fail(reason, true);
    if (this.#stream.closed) return;
    this.#linger.hard();
  }

  /** The stream is gone at once; bytes not sent are lost. */
  destroy(): void {
    if (!this.#stream.destroyed) this.#stream.destroy();
    if (!this.#base.destroyed) this.#base.destroy();
    if (!this.#raw.destroyed) this.#raw.destroy();
  }

  #read(): AsyncIterator<Uint8Array, undefined> {
    if (this.#handed) return { next: () => Promise.reject(new CsError('CS_BUG', 'the stream was handed out')) };
    this.#reader ??= new ByteReader(this.#stream, this.failure);
    return this.#reader;
  }

  /** The stream that is read and written: the base, or the base seen through the hooks. */
  #stack(): [Duplex, ByteWriter] {
    const hooked = this.#hooks.length > 0;
    const stream = hooked ? new HookedStream(this.#base, this.#hooks) : this.#base;
    if (hooked) this.#base.on('error', () => {});
    stream.on('error', (error) => this.#failed(stream, error));
    stream.on('end', () => this.#hungUp(stream));
    stream.on('close', () => this.#gone(stream));
    return [stream, new ByteWriter(stream, () => this.#lost())];
  }

  /** The system has all of ours, and the peer's FIN was read or its client has said its last word: there is none to wait for. */
  #nothingOwed(): boolean {
    const stream = this.#stream;
    if (stream !== this.#raw || !(stream instanceof Socket)) return false;
    const said = this.phase === 'Q' && this.endedBy === 'C' && this.role === 'server';
    if (!said && (!stream.readableEnded || isTls(stream))) return false;
    this.#writer.flush();
    return stream.writableLength === 0;
  }

  #hungUp(stream: Duplex): void {
    if (stream !== this.#stream) return;
    this.endedBy ??= 'C';
    this.#reader?.end();
  }

  #failed(stream: Duplex, error: unknown): void {
    // What breaks after our own goodbye is nobody's concern.
    if (stream !== this.#stream || this.endedBy !== undefined) return;
    this.endedBy = 'C';
    this.failure ??= streamError(error);
  }

  #gone(stream: Duplex): void {
    if (stream !== this.#stream) return;
    this.#linger.clear();
    if (this.endedBy === undefined) this.#failed(stream, new CsError('CS_CANNOT_CONNECT', LOST));
    this.#finish(this.failure ?? CLOSED);
    if (this.failure) this.#reader?.fail(this.failure);
    else this.#reader?.end();
    for (const hook of this.#hooks) hook.close?.();
    for (const resolve of this.#closed.splice(0)) resolve();
  }

  #finish(reason: CsError): void {
    this.#over ??= reason;
    this.#deadline.clear();
    this.#abort?.abort(this.#over);
    for (const told of this.#told.splice(0)) told(this.#over);
  }

  #drop(): void {
    this.#reader?.release();
    this.#reader = undefined;
    this.#stream.resume();
  }

  /** Stop reading; everything that arrived and nobody took. */
  #release(): Uint8Array {
    const parts = [this.#reader?.release() ?? new Uint8Array(0)];
    this.#reader = undefined;
    const stream = this.#stream;
    this.#writer.flush();
    if (stream instanceof HookedStream) parts.push(stream.release());
    const base = this.#base;
    while (base.readableLength > 0) parts.push(base.read() as Uint8Array);
    return Buffer.concat(parts);
  }

  #beforeTls(early: Uint8Array): void {
    if (this.role === 'client') throw this.#injected(early);
    // A ClientHello may have overtaken us; anything else was pipelined in clear text and must never be acted upon.
    if (early[0] === TLS_HANDSHAKE) this.#base.unshift(early);
    else for (const hook of this.#hooks) hook.note?.(`${early.length} octets before the TLS handshake were discarded`);
  }

  #injected(early: Uint8Array): CsError {
    const words = `${early.length} octets of clear text before the TLS handshake`;
    return new CsError('CS_PEER_PROTOCOL', words, this.role === 'client' ? { exit: 5 } : {});
  }

  #lost(): CsError {
    return this.failure ?? new CsError('CS_CANNOT_CONNECT', LOST);
  }
}

/** Asked of the stream itself, so that whoever speaks no TLS need not load it. */
function isTls(stream: Duplex): stream is TLSSocket {
  return typeof (stream as Partial<TLSSocket>).getProtocol === 'function';
}
