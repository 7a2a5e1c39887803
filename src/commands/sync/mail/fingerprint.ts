/** Which message is which, when nobody remembers: by what it says of itself. */
import { createHash } from 'node:crypto';
import type { MailStore, Scanned } from '../../../contracts/mail.ts';

export interface Print {
  readonly uid: number;
  /** The message's own id, or a hash of its header. */
  readonly says: string;
  readonly size: number;
  /** Whole seconds: no mail server tells more. */
  readonly time: number;
}

/** Octets of a header that are looked at. */
const HEADER_LIMIT = 100 * 1024;

/** @param seen told after each batch */
export async function printsOf(
  mail: MailStore,
  mailbox: string,
  uids: readonly number[],
  seen: () => void,
): Promise<readonly Print[]> {
  const prints: Print[] = [];
  if (uids.length === 0) return prints;
  if (mail.scan) {
    for await (const batch of mail.scan(mailbox, uids, { header: true })) {
      prints.push(...batch.map(printOf));
      seen();
    }
    return prints;
  }
  for (const { uid, size, receivedAt } of await mail.list(mailbox, uids)) {
    const header = await headerOf(mail, mailbox, uid);
    prints.push(printOf({ uid, header, size, receivedAt: Date.parse(receivedAt) }));
    seen();
  }
  return prints;
}

/** Of a store that does not hand out many at once. */
async function headerOf(mail: MailStore, mailbox: string, uid: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of mail.read(mailbox, uid, { start: 0, end: HEADER_LIMIT })) parts.push(chunk);
  const octets = Buffer.concat(parts);
  const end = octets.indexOf('\r\n\r\n');
  return end === -1 ? octets : octets.subarray(0, end + 4);
}

function printOf({ uid, header, size, receivedAt }: Pick<Scanned, 'uid' | 'header' | 'size' | 'receivedAt'>): Print {
  const text = Buffer.from(header ?? []).toString('latin1');
  return { uid, says: messageId(text) ?? hash(text), size, time: Math.floor(receivedAt / 1000) };
}

/** The first field of that name; undefined where there is none, or an empty one. */
export function messageId(header: string): string | undefined {
  const [, value = ''] = /^message-id:((?:[^\r\n]|\r?\n[ \t])*)/im.exec(header) ?? [];
  const id = value.replace(/\s+/g, '');
  return id === '' ? undefined : id.slice(0, 1000);
}

function hash(text: string): string {
  return createHash('sha256').update(text.replace(/\s+/g, ' ')).digest('base64');
}

/**
 * Pairs of the same message, each used once, the oldest of several equal ones first. First those of the same size; then those
 * that arrived in the same second: some servers change what they are given.
 */
export function pairUp(source: readonly Print[], target: readonly Print[]): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  const keys: ((print: Print) => string)[] = [
    ({ says, size }) => `${size} ${says}`,
    ({ says, time }) => `${time} ${says}`,
  ];
  let [left, right] = [source, target];
  for (const key of keys) {
    const waiting = grouped(right, key);
    const unpaired: Print[] = [];
    const taken = new Set<number>();
    for (const print of left) {
      const other = waiting.get(key(print))?.shift();
      if (other === undefined) unpaired.push(print);
      else {
        pairs.push([print.uid, other.uid]);
        taken.add(other.uid);
      }
    }
    left = unpaired;
    right = right.filter(({ uid }) => !taken.has(uid));
  }
  return pairs;
}

function grouped(prints: readonly Print[], key: (print: Print) => string): Map<string, Print[]> {
  const groups = new Map<string, Print[]>();
  for (const print of prints) {
    const group = groups.get(key(print));
    if (group) group.push(print);
    else groups.set(key(print), [print]);
  }
  return groups;
}
