import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { CsError } from '../kit/errors.ts';
import type { Address } from './dial-address.ts';

/** RFC 8305 section 5, "Connection Attempt Delay". */
const STAGGER = 250;

/**
 * Happy eyeballs: an attempt every `stagger` milliseconds, at once when one fails; the first that connects wins and the
 * others are dropped. Throws `CS_CANNOT_CONNECT` with `shown` when all failed.
 */
export function connectFirst(
  addresses: readonly Address[],
  port: number,
  shown: string,
  signal: AbortSignal,
  stagger = STAGGER,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<Socket>();
    const failures: NodeJS.ErrnoException[] = [];
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    const settle = (won?: Socket, failure?: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      for (const socket of attempts)
        if (socket !== won)
          socket
            .removeAllListeners()
            .on('error', () => {})
            .destroy();
      attempts.clear();
      if (won) resolve(won);
      else reject(failure);
    };
    const cancel = (): void => settle(undefined, signal.reason);
    const failed = (socket: Socket, error: NodeJS.ErrnoException): void => {
      attempts.delete(socket);
      socket.destroy();
      failures.push(error);
      if (next < addresses.length) attempt();
      else if (attempts.size === 0) settle(undefined, cannotConnect(shown, failures));
    };
    const attempt = (): void => {
      clearTimeout(timer);
      const { address, family } = addresses[next++]!;
      const socket = open({ host: address, port, family, autoSelectFamily: false });
      attempts.add(socket);
      const lost = (error: Error): void => failed(socket, error);
      socket.once('error', lost).once('connect', () => {
        socket.off('error', lost);
        settle(socket);
      });
      if (next < addresses.length) timer = setTimeout(attempt, stagger);
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', cancel, { once: true });
    attempt();
  });
}

/** The same for a Unix socket, which has one address. */
export function connectUnix(path: string, shown: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connect({ path, allowHalfOpen: true });
    const cancel = (): void => failed(signal.reason);
    const failed = (error: NodeJS.ErrnoException): void => {
      signal.removeEventListener('abort', cancel);
      socket
        .removeAllListeners()
        .on('error', () => {})
        .destroy();
      reject(error instanceof CsError ? error : cannotConnect(shown, [error]));
    };
    signal.addEventListener('abort', cancel, { once: true });
    socket.once('error', failed).once('connect', () => {
      signal.removeEventListener('abort', cancel);
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

function open(options: TcpSocketConnectOpts): Socket {
  return connect({ ...options, noDelay: true, keepAlive: true, allowHalfOpen: true });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'its network cannot be reached',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'connection reset',
  EADDRNOTAVAIL: 'no such address on this machine',
  ENOENT: 'no such socket',
  ENOTSOCK: 'not a socket',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};
const LOCAL = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

function cannotConnect(shown: string, failures: readonly NodeJS.ErrnoException[]): CsError {
  const codes = failures.map(({ code = 'unknown error' }) => code);
  const local = codes.find((code) => LOCAL.has(code));
  if (local) return new CsError('CS_LOCAL_IO', `cannot open a connection: ${local}`, { cause: failures[0] });
  // Without IPv6 here its refusal says nothing about the server.
  const telling = codes.filter((code) => code !== 'EADDRNOTAVAIL' && code !== 'ENETUNREACH');
  const words = [...new Set(telling.length > 0 ? telling : codes)].map((code) => WORDS[code] ?? code);
  return new CsError('CS_CANNOT_CONNECT', `cannot connect to ${shown}: ${words.join(', ')}`, { cause: failures[0] });
}
