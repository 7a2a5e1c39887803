import type { Server, Socket } from 'node:net';
import type { Expected } from '../contracts/beside.ts';
import type { Connection, Peer } from '../contracts/connection.ts';
import { CsError } from '../kit/errors.ts';
import { plainAddress } from './address.ts';
import type { Dependants } from './dependants.ts';
import { giveDescriptor, takeDescriptor } from './open-files.ts';

export interface Expectation {
  /** What the peer is told. */
  readonly address: string;
  /** Milliseconds. */
  readonly wait: number;
  readonly dependants: Dependants;
  readonly made: (owner: Connection, socket: Socket, local: Peer) => Connection;
}

// One for all: they are the rule, and need no stack trace of their own.
const GIVEN_UP = new CsError('CS_FAILED', 'the data port was given up');
const TWICE = new CsError('CS_BUG', 'a data connection was asked for twice');

/** One port, one connection of the owner's peer, one time limit. */
export class ExpectedConnection implements Expected {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #owner: Connection;
  readonly #made: Expectation['made'];
  readonly #dependants: Dependants;
  readonly #timer: NodeJS.Timeout;
  #came: Socket | undefined;
  #over: unknown;
  #wake: (() => void) | undefined;

  constructor(server: Server, owner: Connection, { address, wait, dependants, made }: Expectation) {
    this.#server = server;
    this.#owner = owner;
    this.#made = made;
    this.#dependants = dependants;
    this.address = address;
    this.port = (server.address() as { port: number }).port;
    server.on('connection', (socket) => this.#knock(socket));
    const late = () => this.#end(new CsError('CS_TIMEOUT', 'nobody came to the data port in time'));
    this.#timer = setTimeout(late, wait);
    dependants.add(this.#lost);
  }

  async accept(within?: { readonly signal: AbortSignal }): Promise<Connection> {
    if (this.#came === undefined && this.#over === undefined) await this.#arrival(within?.signal);
    const socket = this.#came;
    if (socket === undefined) throw this.#over;
    this.#came = undefined;
    this.#over = TWICE;
    return this.#made(this.#owner, socket, { ...this.#owner.local, port: this.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(GIVEN_UP);
    this.#came?.destroy();
  }

  #arrival(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = () => reject(signal?.reason);
      if (signal?.aborted) return cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      this.#wake = () => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
    });
  }

  #knock(socket: Socket): void {
    socket.on('error', () => {});
    const theirs = plainAddress(socket.remoteAddress ?? '') === this.#owner.peer.address;
    if (!theirs || this.#came !== undefined || this.#over !== undefined || !takeDescriptor()) {
      socket.destroy();
      return;
    }
    socket.once('close', giveDescriptor);
    this.#came = socket;
    this.#close();
    this.#wake?.();
  }

  #lost = (): void => this.#end(this.#owner.signal.reason);

  #end(reason: unknown): void {
    this.#over ??= reason;
    this.#close();
    this.#wake?.();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#dependants.delete(this.#lost);
    this.#server.close();
  }
}
