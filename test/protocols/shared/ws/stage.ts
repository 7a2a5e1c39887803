/** A WebSocket on the HTTP core over a real door, and a client that says exactly what it is told to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Limits } from '../../../../src/contracts/protocol.ts';
import type { DoorConfig } from '../../../../src/net/door.ts';
import type { HttpConfig } from '../../../../src/protocols/shared/http/server.ts';
import { frame } from '../../../../src/protocols/shared/ws/frame.ts';
import { type Speak, type WebSocketRules, webSocketRoute } from '../../../../src/protocols/shared/ws/route.ts';
import type { WsIn } from '../../../../src/protocols/shared/ws/said.ts';
import { WsWire } from '../../../../src/protocols/shared/ws/wire.ts';
import type { Opened } from '../../../net/door-fixture.ts';
import { echoRoutes, stage } from '../http/stage.ts';

export const MASK = Buffer.from('a1b2c3d4', 'hex');
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const echo: Speak = async (socket) => {
  for await (const message of socket) await socket.send(message);
};

export type WsStage = Opened & { readonly told: readonly string[]; readonly streams: readonly Duplex[] };

export async function wsStage(
  rules: Partial<WebSocketRules> = {},
  speak: Speak = echo,
  more: Partial<Omit<HttpConfig, 'limits'>> & {
    readonly limits?: Partial<Limits>;
    readonly door?: Partial<DoorConfig>;
  } = {},
): Promise<WsStage> {
  const told: string[] = [];
  const { door, ...http } = more;
  const log = (_level: string, event: string): void => void told.push(event);
  const route = webSocketRoute('/ws/api', { minimumRate: 0, log, ...rules }, () => speak);
  const streams: Duplex[] = [];
  const upgrade: typeof route.upgrade = (request, stream, early) => {
    streams.push(stream);
    return route.upgrade(request, stream, early);
  };
  const opened = await stage({ routes: [{ ...route, upgrade }, ...echoRoutes([])], ...http }, door);
  return Object.assign(opened, { told, streams });
}

/** A handshake that is as it should be, but for what is given: undefined leaves a line out. */
export function opening(
  more: Readonly<Record<string, string | undefined>> = {},
  line = 'GET /ws/api HTTP/1.1',
): string {
  const headers = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...more,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A client's frame. */
export function masked(first: number, payload: string | Uint8Array = ''): Buffer {
  return frame(first, Buffer.from(payload as string), MASK);
}

/** What was said after the 101, told apart; ends with the connection. */
export class Ears {
  readonly socket: Socket;
  readonly #wire = new WsWire({ messageBytes: 100_000_000, fragments: 64, masks: () => MASK });
  readonly #chunks: AsyncIterator<Buffer>;
  #said: WsIn[] = [];
  #rest = Buffer.alloc(0);
  head = '';

  constructor(socket: Socket) {
    this.socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** The answer's head. */
  async answer(): Promise<string> {
    let text = Buffer.alloc(0);
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end !== -1) {
        this.#rest = text.subarray(end + 4);
        this.head = text.toString('latin1', 0, end);
        return this.head;
      }
      const { done, value } = await this.#next();
      if (done) return text.toString('latin1');
      text = Buffer.concat([text, value]);
    }
  }

  /** Undefined: the connection ended. */
  async hear(): Promise<WsIn | undefined> {
    while (this.#said.length === 0) {
      const chunk = this.#rest.length > 0 ? { done: false, value: this.#rest } : await this.#next();
      this.#rest = Buffer.alloc(0);
      if (chunk.done) return undefined;
      this.#said = [...this.#wire.receive(chunk.value)];
    }
    return this.#said.shift();
  }

  /** The next Close's code; undefined where the connection ended without. */
  async closed(): Promise<number | undefined> {
    for (;;) {
      const said = await this.hear();
      if (said === undefined) return undefined;
      if (said.kind === 'close') return said.code;
    }
  }

  /** Resolves when the other end has ended the connection. */
  async ended(): Promise<void> {
    while (!(await this.#next()).done);
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    try {
      return await this.#chunks.next();
    } catch {
      return { done: true, value: undefined };
    }
  }
}

export async function dialWs({ door }: Opened, tls = false): Promise<Ears> {
  const where = { host: '127.0.0.1', port: door.port, allowHalfOpen: true };
  const socket = tls
    ? connectTls({ ...where, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : connect(where);
  await once(socket, tls ? 'secureConnect' : 'connect');
  socket.on('error', () => {});
  return new Ears(socket);
}

/** After the 101, with what was said right behind the handshake. */
export async function openWs(opened: Opened, early: Uint8Array = Buffer.alloc(0), tls = false): Promise<Ears> {
  const ears = await dialWs(opened, tls);
  ears.socket.write(Buffer.concat([Buffer.from(opening()), early]));
  const head = await ears.answer();
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head);
  return ears;
}
