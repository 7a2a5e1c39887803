import type { TLSSocket } from 'node:tls';
import type { TlsFacts } from '../contracts/connection.ts';
import { wasCut } from './tls-end.ts';

/** What the handshake came to. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const { servername } = socket as { servername?: string | false };
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher()?.name ?? 'unknown',
    alpn: socket.alpnProtocol || undefined,
    servername: servername || undefined,
    ...(socket.isSessionReused() ? { resumed: true } : {}),
    ...(wasCut(socket) ? { cut: true } : {}),
  };
}
