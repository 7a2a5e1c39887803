/** How TLS ended: by the peer's word (close_notify), or cut by whoever can end a TCP connection (RFC 8446 section 6.1). */
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { HookedStream } from './hooked-stream.ts';

const cut = new WeakSet<TLSSocket>();

/** TLS that takes a socket's handle over leaves nobody to see the end below it; over this stream it is seen. */
export function endSeenBelow(stream: Duplex): Duplex {
  return new HookedStream(stream, []);
}

/** @param below what `tls` was given, from `endSeenBelow` */
export function watchEnd(tls: TLSSocket, below: Duplex): void {
  // In front of TLS's own listener: what came before has been decrypted, the end has not been passed on
  // (Node has no public word for an end that is known and not emitted yet).
  below.prependListener('end', () => {
    const { ended } = (tls as unknown as { _readableState: { ended: boolean } })._readableState;
    if (!ended) cut.add(tls);
  });
}

/** Whether it ended without close_notify; false while it lives, and where nobody watches. */
export function wasCut(tls: TLSSocket): boolean {
  return cut.has(tls);
}
