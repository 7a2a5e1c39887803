/** One client of Engine.IO (revision 4): packets by long polling, by a WebSocket, or first by the one and then by the other. */
import { randomBytes } from 'node:crypto';
import type { WebSocketEnd } from '../../../shared/ws/end.ts';

export interface Heartbeat {
  /** Milliseconds between two pings. */
  readonly interval: number;
  /** Milliseconds for the pong. */
  readonly timeout: number;
}

export interface SessionParts {
  /** Whose it is: nobody else may use its id. */
  readonly user: string;
  readonly heartbeat: Heartbeat;
  /** Told of each message. False: it cannot be understood, which ends the session. */
  readonly message: (text: string) => boolean;
}

/** The first sign of a packet. */
const CLOSE = '1';
const PING = '2';
const PONG = '3';
const MESSAGE = '4';
const UPGRADE = '5';
const NOOP = '6';
const SEPARATOR = '\u001e';

interface Waiting {
  readonly packet: string;
  readonly taken: () => void;
}

export class EngineSession {
  readonly sid = randomBytes(15).toString('base64url');
  readonly user: string;
  readonly #parts: SessionParts;
  readonly #over = new AbortController();
  /** For the next poll, or for the WebSocket that takes over. */
  #queue: Waiting[] = [];
  /** Ends the poll that waits. */
  #answer: (() => void) | undefined;
  #socket: WebSocketEnd | undefined;
  #timer: NodeJS.Timeout;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.user = parts.user;
    this.#timer = this.#pingLater();
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** A poll would be taken. */
  get polls(): boolean {
    return this.#socket === undefined && this.#answer === undefined;
  }

  /** Resolves when the client has asked for it, or its WebSocket has taken it. */
  send(message: string): Promise<void> {
    return this.#send(`${MESSAGE}${message}`);
  }

  /** What waits, as soon as something does. @param signal of the request */
  async poll(signal: AbortSignal): Promise<string> {
    if (this.#queue.length === 0 && !signal.aborted && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#answer = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#answer = undefined;
    }
    if (this.signal.aborted) return CLOSE;
    const waiting = signal.aborted ? [] : this.#queue.splice(0);
    for (const { taken } of waiting) taken();
    return waiting.length === 0 ? NOOP : waiting.map(({ packet }) => packet).join(SEPARATOR);
  }

  /** The content of a POST. */
  post(content: string): void {
    for (const packet of content.split(SEPARATOR)) this.#receive(packet);
  }

  /** From its first packet on by this WebSocket. */
  async carry(socket: WebSocketEnd): Promise<void> {
    this.#take(socket);
    for await (const packet of socket) this.#receive(packet);
    this.close();
  }

  /** Tries the WebSocket out, and goes over to it when the client says so. */
  async probe(socket: WebSocketEnd): Promise<void> {
    let probed = false;
    for await (const packet of socket) {
      if (this.#socket === socket) this.#receive(packet);
      else if (packet === `${PING}probe` && !probed) {
        probed = true;
        void socket.send(`${PONG}probe`);
        // The client comes over when no poll of his waits any more.
        this.#answer?.();
      } else if (packet === UPGRADE && probed && this.#socket === undefined && !this.signal.aborted) {
        this.#answer?.();
        this.#take(socket);
      } else socket.close(1002, 'no probe');
    }
    if (this.#socket === socket) this.close();
  }

  /** @param code of its WebSocket's Close */
  close(code = 1000, reason = ''): void {
    if (this.signal.aborted) return;
    this.#over.abort();
    clearTimeout(this.#timer);
    for (const { taken } of this.#queue.splice(0)) taken();
    this.#answer?.();
    this.#socket?.close(code, reason);
  }

  #take(socket: WebSocketEnd): void {
    this.#socket = socket;
    for (const { packet, taken } of this.#queue.splice(0)) void socket.send(packet).then(taken);
  }

  #send(packet: string): Promise<void> {
    if (this.signal.aborted) return Promise.resolve();
    if (this.#socket) return this.#socket.send(packet);
    const taken = new Promise<void>((resolve) => {
      this.#queue.push({ packet, taken: resolve });
    });
    this.#answer?.();
    return taken;
  }

  #receive(packet: string | Buffer): void {
    if (this.signal.aborted) return;
    // What is binary is no packet.
    switch (typeof packet === 'string' ? packet[0] : undefined) {
      case PONG:
        clearTimeout(this.#timer);
        this.#timer = this.#pingLater();
        return;
      case MESSAGE:
        if (!this.#parts.message(String(packet).slice(1))) this.close();
        return;
      case NOOP:
        return;
      default:
        // Close, and what is no packet.
        this.close();
    }
  }

  #pingLater(): NodeJS.Timeout {
    const { interval, timeout } = this.#parts.heartbeat;
    return setTimeout(() => {
      void this.#send(PING);
      this.#timer = setTimeout(() => this.close(), timeout).unref();
    }, interval).unref();
  }
}
