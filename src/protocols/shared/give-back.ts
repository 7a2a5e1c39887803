import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** Octets below which a buffer is not worth the trouble. */
const WORTH = 16 * 1024;

let nowhere: MessagePort | undefined;

/**
 * What a socket reads comes in a buffer of its own each time, and the collector is in no hurry with them: it is told of
 * them only by the tens of megabytes. Who has had the last look at one can give it back at once: what is sent to nobody
 * is freed.
 * @returns undefined where the chunk is small, or others may look at its buffer
 */
export function givesBack(chunk: Uint8Array): (() => void) | undefined {
  const { buffer } = chunk;
  if (chunk.length < WORTH || chunk.length !== buffer.byteLength) return undefined;
  return () => closed().postMessage(null, [buffer as ArrayBuffer]);
}

function closed(): MessagePort {
  if (nowhere) return nowhere;
  const { port1 } = new MessageChannel();
  port1.close();
  nowhere = port1;
  return nowhere;
}
