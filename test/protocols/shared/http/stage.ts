/** The HTTP core over a real door, and a client that says exactly what it is told to. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Limits } from '../../../../src/contracts/protocol.ts';
import type { DoorConfig } from '../../../../src/net/door.ts';
import { collect } from '../../../../src/protocols/shared/http/body.ts';
import { jsonReply } from '../../../../src/protocols/shared/http/reply.ts';
import type { Route } from '../../../../src/protocols/shared/http/route.ts';
import { createHttp, type HttpConfig } from '../../../../src/protocols/shared/http/server.ts';
import { LIMITS, type Opened, open } from '../../../net/door-fixture.ts';

const REFUSALS = {
  connections: 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  shutdown: 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
};
export const HTTP = { name: 'http', refusals: REFUSALS, alpn: ['http/1.1'] };

/** What was really handled; a refused request is not in it. */
export interface Stage extends Opened {
  readonly handled: string[];
}

export function echoRoutes(handled: string[]): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/*',
      safe: true,
      handle: ({ path, query }) => {
        handled.push(`GET ${path.join('/')}`);
        return jsonReply({ path: [...path], query: [...query].map(([key, value]) => [key, value]) });
      },
    },
    {
      method: 'POST',
      path: '/*',
      safe: false,
      handle: async (request) => {
        const { length } = await collect(request.body());
        handled.push(`POST ${request.path.join('/')} ${length}`);
        return jsonReply({ length });
      },
    },
    { method: 'PUT', path: '/json', safe: false, handle: async (request) => jsonReply({ got: await request.json() }) },
    { method: 'DELETE', path: '/*', safe: false, handle: () => jsonReply({}) },
  ];
}

export async function stage(
  http: Partial<Omit<HttpConfig, 'limits'>> & { limits?: Partial<Limits> } = {},
  door: Partial<DoorConfig> = {},
): Promise<Stage> {
  const handled: string[] = [];
  const limits: Limits = { ...LIMITS, ...http.limits };
  const config = { hosts: [], origins: [], routes: echoRoutes(handled), log: () => {}, ...http, limits };
  const opened = await open(createHttp(config), { protocol: HTTP, limits, ...door });
  return Object.assign(opened, { handled });
}

export async function dial({ door }: Opened): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: door.port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** Says it, without a FIN, and resolves to everything until the server's end. */
export async function talk(opened: Opened, text: string | Buffer): Promise<string> {
  const socket = await dial(opened);
  const said = untilEnd(socket);
  socket.write(text);
  const answer = await said;
  socket.destroy();
  return answer;
}

export async function untilEnd(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => parts.push(chunk));
  await new Promise<void>((done) => {
    socket.once('end', done).once('close', () => done());
  });
  return Buffer.concat(parts).toString('latin1');
}

/** One answer's status, of a request that is the connection's last. */
export async function status(opened: Opened, head: string, body = ''): Promise<number> {
  const answer = await talk(opened, `${head.replace(/\r\n\r\n$/, '')}\r\nConnection: close\r\n\r\n${body}`);
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}
