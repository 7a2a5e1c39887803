import { Duplex } from 'node:stream';
import { DelayLine, type StreamHook } from './delay-line.ts';

/** Held octets per direction; past them the source is paused. */
const HIGH_WATER = 256 * 1024;

type Done = (error?: Error | null) => void;

/** The same conversation seen through hooks. Looks like a socket as far as libraries ask. */
export class HookedStream extends Duplex {
  readonly #below: Duplex;
  readonly #in: DelayLine;
  readonly #out: DelayLine;
  #written: Done | undefined;

  constructor(below: Duplex, hooks: readonly StreamHook[]) {
    super({ allowHalfOpen: true, highWaterMark: 64 * 1024 });
    this.#below = below;
    const reset = () => this.#reset();
    this.#in = new DelayLine(hooks, 'inbound', { emit: (chunk) => this.#deliver(chunk), reset, progress: () => {} });
    this.#out = new DelayLine(hooks, 'outbound', {
      emit: (chunk) => below.write(chunk),
      reset,
      progress: () => this.#settle(),
    });
    below.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#settle);
    below.on('error', this.#onError).on('close', this.#onClose);
  }

  get readyState(): string {
    return (this.#below as { readyState?: string }).readyState ?? (this.destroyed ? 'closed' : 'open');
  }

  get remoteAddress(): string | undefined {
    return (this.#below as { remoteAddress?: string }).remoteAddress;
  }

  get encrypted(): boolean {
    return (this.#below as { encrypted?: boolean }).encrypted === true;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Connections have one deadline, and it is not here. */
  setTimeout(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Let the stream below go, for a TLS handshake; gives back the plaintext that nobody took. */
  release(): Uint8Array {
    const below = this.#below;
    below.off('data', this.#onData).off('end', this.#onEnd).off('drain', this.#settle);
    below.off('error', this.#onError).off('close', this.#onClose);
    below.pause();
    (below as { readableFlowing: boolean | null }).readableFlowing = null;
    for (const chunk of this.#out.take()) below.write(chunk);
    const unread: Uint8Array[] = [];
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) unread.push(chunk);
    return Buffer.concat([...unread, ...this.#in.take()]);
  }

  override _read(): void {
    if (this.#in.held < HIGH_WATER) this.#below.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#out.push(chunk);
    this.#written = done;
    this.#settle();
  }

  override _final(done: Done): void {
    this.#out.after(() => this.#below.end(() => done()));
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#in.take();
    this.#out.take();
    if (!this.#below.destroyed) this.#below.destroy();
    done(error);
  }

  #deliver(chunk: Uint8Array): void {
    if (!this.push(chunk)) this.#below.pause();
    else if (this.#in.held < HIGH_WATER && this.#below.isPaused()) this.#below.resume();
  }

  #reset(): void {
    const socket = this.#below as { resetAndDestroy?: () => void };
    if (socket.resetAndDestroy) socket.resetAndDestroy();
    else this.#below.destroy();
    this.destroy();
  }

  #settle = (): void => {
    if (!this.#written || this.#out.held >= HIGH_WATER || this.#below.writableNeedDrain) return;
    const done = this.#written;
    this.#written = undefined;
    done();
  };

  #onData = (chunk: Uint8Array): void => {
    this.#in.push(chunk);
    if (this.#in.held >= HIGH_WATER) this.#below.pause();
  };

  #onEnd = (): void => this.#in.after(() => this.push(null));

  #onError = (error: Error): void => {
    this.destroy(error);
  };

  #onClose = (): void => this.#in.after(() => this.destroy());
}
