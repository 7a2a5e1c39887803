import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Stage } from './stage.ts';

/** A stage on a real port of 127.0.0.1, for verbs that dial; `close` when done. */
export async function listening(stage: Stage): Promise<{ url: string; port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    void stage.serve(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return {
    port,
    url: `pop3://ann%40x.test:secretpw@127.0.0.1:${port}/`,
    close: () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
