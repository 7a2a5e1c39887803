import type { Socket } from 'node:net';

/** Time for the last words of a refusal to arrive; the FIN goes out at once. */
const LINGER = 1000;

/** Handshakes of clients that are turned away, at once: they are work, and who is outside must not slow down who is inside. */
const HANDSHAKES = 8;

/** Behind implicit TLS a refusal needs a handshake first: for a few clients at a time, and within a second. */
export class Farewells {
  #under = 0;

  /** Undefined: nothing can be said, and `drop` has been called. */
  async secure<T>(handshake: () => Promise<T>, drop: () => void): Promise<T | undefined> {
    if (this.#under >= HANDSHAKES) {
      drop();
      return undefined;
    }
    this.#under += 1;
    const timer = setTimeout(drop, LINGER);
    try {
      return await handshake();
    } catch {
      drop();
      return undefined;
    } finally {
      clearTimeout(timer);
      this.#under -= 1;
    }
  }
}

/** Say one line, end, and be gone within a second. What the client sends is read away, or a reset would eat the line. */
export function turnAway(socket: Socket, line: string): void {
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end(line);
}
