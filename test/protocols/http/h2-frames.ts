/** A client that says frames as it likes (RFC 9113 section 4), and hears what it is told. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export const TYPE = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags = 0, stream = 0, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** `GET path` of localhost over https (RFC 7541 appendix A), uncompressed. */
export function getBlock(path: string): Buffer {
  const literal = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  return Buffer.concat([Buffer.from([0x82, 0x87, 0x04]), literal(path), Buffer.from([0x01]), literal('localhost')]);
}

export function setting(id: number, value: number): Buffer {
  const octets = Buffer.alloc(6);
  octets.writeUInt16BE(id, 0);
  octets.writeUInt32BE(value, 2);
  return octets;
}

export class Frames {
  readonly socket: TLSSocket;
  readonly heard: Frame[] = [];
  #rest = Buffer.alloc(0);

  static async open(port: number, ca: string, settings: Uint8Array = Buffer.alloc(0)): Promise<Frames> {
    const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost', ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    socket.write(Buffer.concat([Buffer.from(PREFACE), frame(TYPE.settings, 0, 0, settings)]));
    return new Frames(socket);
  }

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
  }

  get closed(): boolean {
    return this.socket.closed || this.socket.destroyed || this.socket.readableEnded;
  }

  /** Says it as long as the other end listens; resolves to how often it was said whole. */
  async flood(what: (at: number) => Buffer, times: number, atOnce = 100): Promise<number> {
    let at = 0;
    while (at < times && !this.closed) {
      const pieces = Array.from({ length: atOnce }, (_, next) => what(at + next));
      at += atOnce;
      if (!this.socket.write(Buffer.concat(pieces))) {
        await Promise.race([once(this.socket, 'drain'), this.gone()]).catch(() => {});
      }
      await new Promise(setImmediate);
    }
    return at;
  }

  async gone(): Promise<void> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
  }

  /** The error code of the GOAWAY that was heard. */
  get goaway(): number | undefined {
    return this.heard.find(({ type }) => type === TYPE.goaway)?.payload.readUInt32BE(4);
  }

  #hear(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const length = this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) return;
      const payload = this.#rest.subarray(9, 9 + length);
      const [type, flags] = [this.#rest[3]!, this.#rest[4]!];
      this.heard.push({ type, flags, stream: this.#rest.readUInt32BE(5), payload: Buffer.from(payload) });
      this.#rest = this.#rest.subarray(9 + length);
    }
  }
}
