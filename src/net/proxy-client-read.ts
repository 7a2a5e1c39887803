import type { Duplex } from 'node:stream';
import { CsError } from '../kit/errors.ts';

/** A whole reply and the octets it took; undefined while more must come; throws for what can never become one. */
export type ReplyParser<T> = (bytes: Uint8Array) => { readonly value: T; readonly used: number } | undefined;

/** Reads one reply and not an octet more: what follows it is the destination's. @param max octets of a reply */
export function readReply<T>(stream: Duplex, parse: ReplyParser<T>, max: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let held: Uint8Array = new Uint8Array(0);
    const settle = (failure: unknown, value?: T): void => {
      signal.removeEventListener('abort', cancel);
      stream.off('readable', read).off('end', ended).off('close', ended).off('error', lost);
      if (failure === undefined) resolve(value as T);
      else reject(failure);
    };
    const cancel = (): void => settle(signal.reason);
    const ended = (): void => settle(new CsError('CS_PEER_PROTOCOL', 'it hung up instead of answering'));
    const lost = (error: Error): void => settle(new CsError('CS_CANNOT_CONNECT', 'it broke off', { cause: error }));
    const read = (): void => {
      for (let chunk = stream.read() as Uint8Array | null; chunk !== null; chunk = stream.read()) {
        held = Buffer.concat([held, chunk]);
      }
      try {
        const found = parse(held);
        if (found) {
          settle(undefined, found.value);
          if (found.used < held.length) stream.unshift(held.subarray(found.used));
        } else if (held.length > max) settle(new CsError('CS_PEER_LIMIT', `its answer is longer than ${max} octets`));
      } catch (error) {
        settle(error);
      }
    };
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', cancel, { once: true });
    stream.on('readable', read).on('end', ended).on('close', ended).on('error', lost);
  });
}
