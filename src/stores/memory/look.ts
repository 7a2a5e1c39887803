/** Reading many messages of a mailbox: facts in batches, and substring search. */
import type { MessageIndex, Scanned, ScanWish } from '../../contracts/mail.ts';
import { MessageIndexer } from '../../kit/mime/indexer.ts';
import { contains, fold, type ReadOctets, searchText } from '../../kit/mime/search-text.ts';
import { firstOctets } from '../shared/octets.ts';
import { CONTENT_LIMIT, picked, SCAN_BATCH } from '../shared/scanned.ts';
import { matches, searchPhrases, searchWords } from '../shared/search-text.ts';
import type { Box } from './box.ts';
import type { Held, Message } from './message.ts';

/** Told of a message whose index was made. */
type Charge = (message: Message) => void;

/** Octets that are searched before others get their turn. */
const TURN = 1024 * 1024;

export async function* scan(
  box: () => Box,
  uids: Iterable<number>,
  wish: ScanWish,
  charge: Charge,
): AsyncGenerator<readonly Scanned[]> {
  let batch: Scanned[] = [];
  let octets = 0;
  const from = box();
  for (const uid of uids) {
    const held = from.held(uid);
    if (!held) continue;
    const one = scanned(uid, held, wish, charge);
    batch.push(one);
    octets += 200 + (one.header?.length ?? 0) + (one.content?.length ?? 0);
    if (octets < SCAN_BATCH) continue;
    yield batch;
    batch = [];
    octets = 0;
  }
  if (batch.length > 0) yield batch;
}

function scanned(uid: number, held: Held, wish: ScanWish, charge: Charge): Scanned {
  const { message, savedAt } = held;
  const index = wish.index || wish.header ? indexOf(message, charge) : undefined;
  return {
    uid,
    id: String(message.id),
    size: message.size,
    receivedAt: Date.parse(message.receivedAt),
    savedAt,
    ...(wish.index && index && { index: picked(index, wish.index) }),
    ...(wish.header && index && { header: firstOctets(message.chunks, index.root.body) }),
    ...(wish.content && message.size <= CONTENT_LIMIT && { content: firstOctets(message.chunks, message.size) }),
  };
}

/** Made once: a message never changes. */
export function indexOf(message: Message, charge: Charge): MessageIndex {
  if (message.index) return message.index;
  const indexer = new MessageIndexer();
  for (const chunk of message.chunks) indexer.write(chunk);
  message.index = indexer.end();
  charge(message);
  return message.index;
}

export function containing(
  box: Box,
  where: string,
  text: string,
  uids: Iterable<number> | undefined,
  charge: Charge,
): Promise<Uint32Array> {
  const wanted = { where: where.toLowerCase(), text: fold(text) };
  const holds = (message: Message, read: ReadOctets): boolean =>
    contains(searchText(indexOf(message, charge).root, read), wanted);
  return filtered(box, uids, holds);
}

export async function search(box: Box, words: string, charge: Charge): Promise<readonly number[]> {
  const phrases = searchPhrases(words);
  const holds = (message: Message, read: ReadOctets): boolean =>
    matches(searchWords(message.headers, indexOf(message, charge).root, read), phrases);
  return [...(await filtered(box, undefined, holds))];
}

/** Others get their turn while it looks. */
async function filtered(
  box: Box,
  uids: Iterable<number> | undefined,
  holds: (message: Message, read: ReadOctets) => boolean,
): Promise<Uint32Array> {
  const found: number[] = [];
  let octets = 0;
  for (const uid of box.known(uids)) {
    const message = box.message(uid);
    if (!message) continue;
    const whole = firstOctets(message.chunks, message.size);
    if (holds(message, (start, end) => whole.subarray(start, end))) found.push(uid);
    octets += message.size;
    if (octets < TURN) continue;
    octets = 0;
    await new Promise(setImmediate);
  }
  return Uint32Array.from(found);
}
