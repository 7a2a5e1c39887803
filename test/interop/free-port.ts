import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give to whoever asks for any port: Linux begins at 32768, others higher. */
const [FIRST, COUNT] = [10_000, 22_000];
/** Each process begins elsewhere, with seven to itself. */
let next = process.pid * 7;

/**
 * For a program that takes no 0 and tells no port, on 127.0.0.1. Between this look and the program's start nobody else
 * comes by it: who asks for any port, or connects from one, gets another.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % COUNT);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
