/** Mail servers of other people, of the kinds that a queue has to live with. */
import { createServer, type Server, type Socket } from 'node:net';

export type Manner =
  /** Takes everything. */
  | 'good'
  /** Refuses everybody for good. */
  | 'refuses'
  /** Puts every message off twice. */
  | 'defers'
  /** Accepts connections and says nothing, the first few times. */
  | 'hangs'
  /** Takes the message, and hangs up in place of the answer, once for each. */
  | 'drops';

export interface Exchanger {
  readonly port: number;
  /** Number of a message → how often it was taken whole. */
  readonly taken: Map<string, number>;
  close(): Promise<void>;
}

const HANGS = 3;

/** @param port 0: any; else it comes back where it was */
export async function exchanger(manner: Manner, port = 0): Promise<Exchanger> {
  const taken = new Map<string, number>();
  const tries = new Map<string, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    connections += 1;
    if (manner === 'hangs' && connections <= HANGS) return;
    converse(socket, (body) => {
      const number = /^X-Number: (\S+)/m.exec(body)?.[1] ?? 'none';
      const before = tries.get(number) ?? 0;
      tries.set(number, before + 1);
      if (manner === 'defers' && before < 2) return '451 4.7.1 later';
      taken.set(number, (taken.get(number) ?? 0) + 1);
      return manner === 'drops' && before === 0 ? undefined : '250 2.0.0 taken';
    });
  });
  function converse(socket: Socket, message: (body: string) => string | undefined): void {
    let held = '';
    let data = false;
    socket.write('220 there ESMTP\r\n');
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (;;) {
        const at = held.indexOf(data ? '\r\n.\r\n' : '\r\n');
        if (at === -1) return;
        const text = held.slice(0, at);
        held = held.slice(at + (data ? 5 : 2));
        if (data) {
          data = false;
          const answer = message(text);
          if (answer === undefined) return void socket.destroy();
          socket.write(`${answer}\r\n`);
        } else if (/^EHLO/i.test(text)) socket.write('250-there\r\n250-PIPELINING\r\n250 8BITMIME\r\n');
        else if (/^RCPT/i.test(text) && manner === 'refuses') socket.write('550 5.1.1 nobody\r\n');
        else if (/^DATA/i.test(text)) {
          data = manner !== 'refuses';
          socket.write(data ? '354 go on\r\n' : '503 5.5.1 no recipient\r\n');
        } else if (/^QUIT/i.test(text)) socket.end('221 bye\r\n');
        else socket.write('250 2.0.0 ok\r\n');
      }
    });
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    taken,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
