import type { MessageIndex, MimePart } from '../../../src/contracts/mail.ts';
import { MessageIndexer } from '../../../src/kit/mime/indexer.ts';

/** @param text one octet per character; `\n` becomes CRLF */
export function lines(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
}

/** @param step octets of a chunk */
export function indexed(octets: Buffer, step = octets.length): MessageIndex {
  const indexer = new MessageIndexer();
  for (let at = 0; at < octets.length; at += step) indexer.write(octets.subarray(at, at + step));
  return indexer.end();
}

export function* partsOf(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.parts ?? []) yield* partsOf(child);
}

/** The types of a tree, nested as the parts are. */
export function shape({ type, parts }: MimePart): unknown {
  return parts ? [type, ...parts.map(shape)] : type;
}
