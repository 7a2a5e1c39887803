import type { Duplex } from 'node:stream';
import type { Connection } from '../../contracts/connection.ts';
import { asCsError, CsError } from '../../kit/errors.ts';

export interface DataStream {
  readonly stream: Duplex;
  /** Rejects when it is over before its end: ABOR, a deadline, the other end is gone. */
  readonly lost: Promise<never>;
  release(): void;
}

/** The raw stream of a data connection, gone as soon as either signal aborts. */
export function streamOf(data: Connection, signal: AbortSignal): DataStream {
  const stream = data.duplex();
  const ends = [signal, data.signal];
  let fail: (reason: unknown) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    fail = reject;
  });
  lost.catch(() => {});
  const end = () => {
    const reason = asCsError((signal.aborted ? signal : data.signal).reason);
    fail(reason);
    stream.destroy();
  };
  const closed = () => fail(new CsError('CS_CANNOT_CONNECT', 'the data connection was lost'));
  for (const one of ends) one.addEventListener('abort', end, { once: true });
  stream.on('close', closed);
  if (signal.aborted || data.signal.aborted) end();
  const release = () => {
    for (const one of ends) one.removeEventListener('abort', end);
    stream.off('close', closed);
  };
  return { stream, lost, release };
}
