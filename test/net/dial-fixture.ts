import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Target } from '../../src/contracts/protocol.ts';
import type { CsError } from '../../src/kit/errors.ts';
import type { DialOptions } from '../../src/net/dial.ts';
import { parseTarget, type Schemes } from '../../src/net/target.ts';

const schemes: Schemes = {
  line: { standard: 7, dev: 1007, tls: 'starttls', protocol: 'line' },
  lines: { standard: 8, dev: 1008, tls: 'implicit', protocol: 'line' },
};

export const target = (text: string): Target => parseTarget(text, schemes, { from: 'env' });

export interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly sockets: Socket[];
}

/** A listener on loopback; every socket is gone with it. */
export async function listen(host: string, accept: (socket: Socket) => void): Promise<Listener> {
  return listening(createServer(accept), host);
}

/** Likewise, behind TLS; `accept` gets the secured socket. */
export async function listenTls(options: TlsOptions, accept: (socket: Socket) => void): Promise<Listener> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    accept(socket);
  });
  return listening(
    server.on('tlsClientError', () => {}),
    '127.0.0.1',
  );
}

async function listening(server: Server, host: string): Promise<Listener> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => {})));
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Logged {
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** No environment, no CA of this machine: what a test does not say does not happen. */
export function quiet(more: Partial<DialOptions> = {}, logged: Logged[] = []): DialOptions {
  return {
    timeout: 60_000,
    env: {},
    localCa: null,
    log: (_level, event, facts = {}) => logged.push({ event, facts }),
    ...more,
  };
}

export const failing =
  (code: string, exit: number, words: RegExp = /./, hint?: RegExp) =>
  (error: unknown): boolean => {
    const { code: got, exit: ended, message, hint: given = '' } = error as CsError;
    if (got !== code || ended !== exit || !words.test(message) || (hint && !hint.test(given))) throw error;
    return true;
  };

export async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
