/** Mail in files as a store, whatever the format. */
import type {
  Copied,
  Mailbox,
  MailboxView,
  MailDraft,
  MailEntry,
  MailStore,
  Scanned,
  ScanWish,
  Uids,
} from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { HEADER_LIMIT, headerFacts } from '../../kit/mime/header-facts.ts';
import { canonicalFlags, changeFlags, SEEN } from '../shared/flags.ts';
import { FilesDraft } from './draft.ts';
import type { Kept, KeptBox, MailFormat } from './format.ts';

/** A message that is scanned whole. */
const CONTENT_LIMIT = 256 * 1024;
const BATCH_OCTETS = 1024 * 1024;
const BATCH = 200;

export class FilesMail implements MailStore {
  readonly #format: MailFormat;
  readonly #boxes = new Map<string, Map<number, Kept>>();
  readonly flag: MailStore['flag'];
  readonly drop: MailStore['drop'];

  constructor(format: MailFormat) {
    this.#format = format;
    if (format.flag) this.flag = (mailbox, uids, change, flags) => this.#flag(mailbox, uids, change, flags);
    if (format.drop) this.drop = (mailbox) => format.drop!(mailbox);
  }

  async mailboxes(): Promise<readonly Mailbox[]> {
    const names = [...(await this.#format.names())].sort((a, b) =>
      a === 'INBOX' ? -1 : b === 'INBOX' ? 1 : a < b ? -1 : 1,
    );
    return Promise.all(names.map(async (name) => factsOf(name, await this.#load(name))));
  }

  async open(mailbox: string): Promise<MailboxView> {
    const box = await this.#load(mailbox);
    const sets: (readonly string[])[] = [];
    const known = new Map<string, number>();
    const indexOf = (flags: readonly string[]): number => {
      const key = flags.join(' ');
      if (!known.has(key)) known.set(key, sets.push(flags) - 1);
      return known.get(key)!;
    };
    return {
      mailbox: factsOf(mailbox, box),
      uids: Uint32Array.from(box.messages, ({ uid }) => uid),
      modseqs: new Float64Array(box.messages.length),
      flags: Uint32Array.from(box.messages, ({ flags }) => indexOf(flags)),
      flagSets: sets,
    };
  }

  async list(mailbox: string, uids?: readonly number[]): Promise<readonly MailEntry[]> {
    const { messages, uidValidity } = await this.#load(mailbox);
    const wanted = uids && new Set(uids);
    const entries: MailEntry[] = [];
    for (const kept of messages) {
      if (wanted && !wanted.has(kept.uid)) continue;
      const { header, size } = await this.#octets(mailbox, kept, 0);
      entries.push({
        uid: kept.uid,
        id: `${uidValidity}.${kept.uid}`,
        size,
        receivedAt: new Date(kept.receivedAt).toISOString(),
        flags: kept.flags,
        modseq: 0,
        envelope: { from: '', to: [] },
        headers: headerFacts(header),
      });
    }
    return entries;
  }

  async *read(mailbox: string, uid: number, range?: Parameters<MailStore['read']>[2]): AsyncGenerator<Uint8Array> {
    yield* this.#format.read(mailbox, await this.#kept(mailbox, uid), range);
  }

  async *scan(mailbox: string, uids: Uids, wish: ScanWish): AsyncGenerator<readonly Scanned[]> {
    let batch: Scanned[] = [];
    let octets = 0;
    const known = this.#boxes.get(mailbox) ?? (await this.#known(mailbox));
    for (const uid of uids) {
      const kept = known.get(uid);
      if (!kept) continue;
      const scanned = await this.#scanned(mailbox, kept, wish);
      octets += (scanned.content?.length ?? 0) + (scanned.header?.length ?? 0);
      batch.push(scanned);
      if (octets < BATCH_OCTETS && batch.length < BATCH) continue;
      yield batch;
      batch = [];
      octets = 0;
    }
    if (batch.length > 0) yield batch;
  }

  async remove(mailbox: string, uids: readonly number[]): Promise<number> {
    if (!this.#format.remove) throw new CsError('CS_UNSUPPORTED', 'nothing is removed from a mailbox file');
    const known = await this.#known(mailbox);
    const doomed = [...new Set(uids)].flatMap((uid) => known.get(uid) ?? []);
    await this.#format.remove(mailbox, doomed);
    for (const { uid } of doomed) known.delete(uid);
    return doomed.length;
  }

  append(mailbox: string, { flags = [], receivedAt }: Parameters<NonNullable<MailStore['append']>>[1] = {}): MailDraft {
    const time = receivedAt === undefined ? Date.now() : Date.parse(receivedAt);
    return new FilesDraft(async (content) => {
      const kept = await this.#format.add(mailbox, { flags: canonicalFlags(flags), receivedAt: time, content });
      this.#boxes.get(mailbox)?.set(kept.uid, kept);
      return { id: String(kept.uid), size: kept.size, results: [], uid: kept.uid, uidValidity: 0 };
    });
  }

  create(mailbox: string): Promise<void> {
    return this.#format.create(mailbox);
  }

  async copy(mailbox: string, uids: readonly number[], to: string): Promise<Copied> {
    const copied = { uidValidity: 0, from: [] as number[], to: [] as number[] };
    for (const uid of uids) {
      const { flags, receivedAt } = await this.#kept(mailbox, uid);
      const draft = this.append(to, { flags, receivedAt: new Date(receivedAt).toISOString() });
      for await (const chunk of this.read(mailbox, uid)) await draft.write(chunk);
      copied.to.push((await draft.commit()).uid);
      copied.from.push(uid);
    }
    return copied;
  }

  async close(): Promise<void> {
    await this.#format.close?.();
  }

  async #flag(
    mailbox: string,
    uids: readonly number[],
    ...[change, flags]: Parameters<typeof changeFlags> extends [unknown, ...infer R] ? R : never
  ) {
    const known = await this.#known(mailbox);
    const changed = [];
    for (const uid of new Set(uids)) {
      const kept = known.get(uid);
      if (!kept) continue;
      const now = await this.#format.flag!(mailbox, kept, changeFlags(kept.flags, change, flags));
      known.set(uid, now);
      changed.push({ uid, flags: now.flags, modseq: 0 });
    }
    return { changed, refused: [] };
  }

  async #load(mailbox: string): Promise<KeptBox> {
    const box = await this.#format.load(mailbox);
    this.#boxes.set(mailbox, new Map(box.messages.map((kept) => [kept.uid, kept])));
    return box;
  }

  async #known(mailbox: string): Promise<Map<number, Kept>> {
    if (!this.#boxes.has(mailbox)) await this.#load(mailbox);
    return this.#boxes.get(mailbox)!;
  }

  async #kept(mailbox: string, uid: number): Promise<Kept> {
    const kept = (await this.#known(mailbox)).get(uid);
    if (!kept) throw new CsError('CS_NOT_FOUND', `no message ${uid} in ${mailbox}`);
    return kept;
  }

  async #scanned(mailbox: string, kept: Kept, wish: ScanWish): Promise<Scanned> {
    const { header, content, size } = await this.#octets(mailbox, kept, wish.content ? CONTENT_LIMIT : 0);
    return {
      uid: kept.uid,
      id: String(kept.uid),
      size,
      receivedAt: kept.receivedAt,
      savedAt: kept.receivedAt,
      ...(wish.header ? { header } : {}),
      ...(wish.content && content ? { content } : {}),
    };
  }

  /** Reads as far as it has to: the size may be known only at the end. */
  async #octets(mailbox: string, kept: Kept, whole: number) {
    const held: Uint8Array[] = [];
    let length = 0;
    let size = 0;
    const most = Math.max(HEADER_LIMIT, whole);
    for await (const chunk of this.#format.read(mailbox, kept)) {
      size += chunk.length;
      if (length <= most) held.push(chunk);
      length += chunk.length;
      if (length > most && !Number.isNaN(kept.size)) break;
    }
    const octets = Buffer.concat(held);
    const known = Number.isNaN(kept.size) ? size : kept.size;
    const end = octets.indexOf('\r\n\r\n');
    const header = octets.subarray(0, Math.min(HEADER_LIMIT, end === -1 ? octets.length : end + 4));
    return { size: known, header, content: known <= whole ? octets : undefined };
  }
}

function factsOf(name: string, { uidValidity, uidNext, messages }: KeptBox): Mailbox {
  return {
    name,
    uidValidity,
    uidNext,
    messages: messages.length,
    unseen: messages.filter(({ flags }) => !flags.includes(SEEN)).length,
    bytes: messages.reduce((sum, { size }) => sum + (Number.isNaN(size) ? 0 : size), 0),
    highestModseq: 0,
  };
}
