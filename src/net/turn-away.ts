import type { Socket } from 'node:net';

/** Time for the last words of a refusal to arrive; the FIN goes out at once. */
const LINGER = 1000;

/** Say one line, end, and be gone within a second. What the client sends is read away, or a reset would eat the line. */
export function turnAway(socket: Socket, line: string | undefined): void {
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end(line ?? '');
}
