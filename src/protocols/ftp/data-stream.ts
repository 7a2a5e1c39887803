import type { Duplex } from 'node:stream';
import type { Connection } from '../../contracts/connection.ts';
import { CsError } from '../../kit/errors.ts';
import type { Transfer } from './transfer.ts';

export interface DataStream {
  readonly stream: Duplex;
  /** Rejects when it is over before its end: ABOR, a deadline, the other end is gone. */
  readonly lost: Promise<never>;
  release(): void;
}

/** The raw stream of a data connection, gone as soon as the transfer is aborted. */
export function streamOf(data: Connection, transfer: Transfer): DataStream {
  const stream = data.duplex();
  let fail: (reason: unknown) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    fail = reject;
  });
  lost.catch(() => {});
  const end = (reason: CsError) => {
    fail(reason);
    stream.destroy();
  };
  // A deadline and a control connection that is gone end it too; neither says goodbye.
  const closed = () => fail(new CsError('CS_CANNOT_CONNECT', 'the data connection was lost'));
  stream.on('close', closed);
  transfer.onAbort(end);
  if (stream.destroyed) closed();
  const release = () => {
    transfer.offAbort(end);
    stream.off('close', closed);
  };
  return { stream, lost, release };
}
