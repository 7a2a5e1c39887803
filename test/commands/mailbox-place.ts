/** An IMAP server over a memory store, on a port: a mailbox by URL for the verbs that take one. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { after, before } from 'node:test';
import { message } from '../conformance/harness.ts';
import { Stage } from '../protocols/imap/stage.ts';

/** In it is one message to start with: `Your code`, 482911. */
export async function mailboxPlace() {
  const stage = await Stage.open();
  const sockets = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    void stage.serve(socket);
  });
  before(async () => {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    await stage.deliver('ann@x.test', message('Your code', 'The code is 482911.\r\n'));
  });
  after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    stage,
    sockets,
    url: () => `imap://ann%40x.test:secret@127.0.0.1:${(listener.address() as { port: number }).port}/INBOX`,
  };
}
