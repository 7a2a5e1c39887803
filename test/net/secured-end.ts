/** A server's end that becomes TLS when it is asked to, on a real socket. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { certificate } from './certificate.ts';

type Secure = (stream: Duplex) => Promise<TLSSocket>;

/** @returns the client's end of the connection that `serve` has begun on */
export async function servedWithTls(serve: (near: Socket, secure: Secure) => void | Promise<void>): Promise<Socket> {
  const { cert, key } = await certificate();
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect((listener.address() as { port: number }).port, '127.0.0.1');
  const [near] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  await serve(near, async (stream) => {
    const secured = new TLSSocket(stream as Socket, { isServer: true, cert, key });
    await once(secured, 'secure');
    return secured;
  });
  return socket;
}
