import { CsError } from '../../kit/errors.ts';
import { type ClientSession, textLines } from './client-session.ts';

export interface RemoteMessage {
  /** In this session (RFC 1939 section 4). */
  readonly number: number;
  readonly uid: number;
  /** What UIDL says; the number where the server has no UIDL. */
  readonly id: string;
  /** What LIST says. */
  readonly size: number;
}

/** Octets that LIST and UIDL may send: 100,000 messages with ids of the greatest length. */
const LIST_LIMIT = 10 * 1024 * 1024;
/** UIDVALIDITY and UID, as our own server and some others write them. */
const UID_PAIR = /^(\d{1,10})\.(\d{1,10})$/;

/** The messages of one session: LIST and UIDL put together. */
export class MessageIndex {
  readonly messages: readonly RemoteMessage[];
  readonly uidValidity: number;

  private constructor(messages: readonly RemoteMessage[], uidValidity: number) {
    this.messages = messages;
    this.uidValidity = uidValidity;
  }

  static async read(session: ClientSession): Promise<MessageIndex> {
    const list = await session.demand('LIST', [], LIST_LIMIT);
    const sizes = numbered(list.body).map(([number, size]): [number, number] => [number, natural(size)]);
    const uidl = await session.ask('UIDL', [], LIST_LIMIT);
    const ids = new Map(uidl.status.ok ? numbered(uidl.body) : []);
    return MessageIndex.of(sizes, ids);
  }

  /**
   * The uid is the UID in the lasting id where all ids are pairs with one UIDVALIDITY and ascend; else the number, which
   * holds for one session only.
   */
  static of(sizes: readonly (readonly [number, number])[], ids: ReadonlyMap<number, string>): MessageIndex {
    const pairs = sizes.map(([number]) => UID_PAIR.exec(ids.get(number) ?? ''));
    const validity = pairs[0]?.[1];
    const lasting = pairs.every((pair, at) => {
      const before = Number(pairs[at - 1]?.[2] ?? 0);
      return pair?.[1] === validity && Number(pair?.[2]) > before;
    });
    const messages = sizes.map(([number, size], at) => ({
      number,
      size,
      id: ids.get(number) ?? String(number),
      uid: lasting ? Number(pairs[at]?.[2]) : number,
    }));
    return new MessageIndex(messages, lasting ? Number(validity ?? 0) : 0);
  }

  get uidNext(): number {
    return (this.messages.at(-1)?.uid ?? 0) + 1;
  }

  get bytes(): number {
    return this.messages.reduce((sum, { size }) => sum + size, 0);
  }

  /** Those that are there, ascending, each once. */
  find(uids: readonly number[]): readonly RemoteMessage[] {
    const wanted = new Set(uids);
    return this.messages.filter(({ uid }) => wanted.has(uid));
  }
}

/** `1 120` lines; numbers ascend (RFC 1939 section 5). */
function numbered(body: Buffer): [number, string][] {
  let last = 0;
  return textLines(body).map((line) => {
    const [, number = '', text = ''] = /^(\d{1,9}) +(\S{1,1000})/.exec(line) ?? [];
    if (Number(number) <= last) throw new CsError('CS_PEER_PROTOCOL', 'not a listing', { reply: line });
    last = Number(number);
    return [last, text];
  });
}

function natural(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CsError('CS_PEER_PROTOCOL', 'not a size', { reply: text });
  return Number(text);
}
