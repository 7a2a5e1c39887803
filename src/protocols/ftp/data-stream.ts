import type { Duplex } from 'node:stream';
import type { Connection } from '../../contracts/connection.ts';
import { asCsError, CsError } from '../../kit/errors.ts';

export interface DataStream {
  readonly stream: Duplex;
  /** Rejects when it is over before its end: ABOR, a deadline, the other end is gone. */
  readonly lost: Promise<never>;
  release(): void;
}

/** The raw stream of a data connection, gone as soon as `signal` aborts. */
export function streamOf(data: Connection, signal: AbortSignal): DataStream {
  const stream = data.duplex();
  let fail: (reason: unknown) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    fail = reject;
  });
  lost.catch(() => {});
  const end = () => {
    fail(asCsError(signal.reason));
    stream.destroy();
  };
  // A deadline and a control connection that is gone end it too; neither says goodbye.
  const closed = () => fail(new CsError('CS_CANNOT_CONNECT', 'the data connection was lost'));
  signal.addEventListener('abort', end, { once: true });
  stream.on('close', closed);
  if (signal.aborted) end();
  else if (stream.destroyed) closed();
  const release = () => {
    signal.removeEventListener('abort', end);
    stream.off('close', closed);
  };
  return { stream, lost, release };
}
