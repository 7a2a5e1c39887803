/** The npm package `ws` as somebody's client of a WebSocket. */
import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

export interface Heard extends AsyncDisposable {
  readonly socket: WebSocket;
  /** The next text, as JSON. Throws when it was closed before. */
  next<T>(): Promise<T>;
  /** Its code. */
  readonly closed: Promise<number>;
}

/** Rejects with the status where it was refused. */
export async function listen(url: string, options: ClientOptions = {}): Promise<Heard> {
  const socket = new WebSocket(url, options);
  const texts: string[] = [];
  let over = false;
  let wake = (): void => {};
  socket.on('message', (data) => {
    texts.push(String(data));
    wake();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      over = true;
      resolve(code);
      wake();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, { statusCode }) => reject(new Error(`refused: ${statusCode}`)));
    socket.once('error', reject);
  });
  const next = async <T>(): Promise<T> => {
    while (texts.length === 0) {
      if (over) throw new Error('it was closed');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return JSON.parse(texts.shift()!) as T;
  };
  return {
    socket,
    closed,
    next,
    [Symbol.asyncDispose]: async () => {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close();
      await once(socket, 'close');
    },
  };
}
