/** Mailbox files (RFC 4155): one for each mailbox, or one alone. Messages are added at the end; nothing is taken out. */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { MboxReader, MboxWriter, mboxSeparator } from '../../kit/mbox.ts';
import { type Kept, type KeptBox, type MailFormat, type NewMail, PASSING } from './format.ts';
import { MboxLock } from './mbox-lock.ts';
import { statusFlags } from './mbox-status.ts';
import { mailboxOf, partsOf } from './name-parts.ts';
import { within } from './octets.ts';

const INBOX = 'INBOX';

export class MboxFiles implements MailFormat {
  readonly #root: string;
  readonly #single: boolean;
  readonly #locks = new Map<string, MboxLock>();
  readonly #counts = new Map<string, number>();

  /** @param single the root is the file itself, and its mailbox is the inbox */
  constructor(root: string, single: boolean) {
    this.#root = root;
    this.#single = single;
  }

  async names(): Promise<readonly string[]> {
    if (this.#single) return (await stat(this.#root).catch(() => undefined)) ? [INBOX] : [];
    const found: string[] = [];
    await walk(this.#root, [], found);
    return found;
  }

  /** Uids are this run's alone: a file of messages has none. */
  async load(name: string): Promise<KeptBox> {
    const file = await this.#existing(name);
    await this.#lock(file).recover();
    const messages: Kept[] = [];
    for await (const { begin, end, size, receivedAt, header } of parts(file)) {
      const uid = PASSING + messages.length;
      messages.push({ uid, at: `${begin}-${end}`, size, receivedAt, flags: statusFlags(header) });
    }
    this.#counts.set(file, messages.length);
    return { uidValidity: Math.floor(Date.now() / 1000), uidNext: 1, messages };
  }

  async *read(name: string, { at }: Kept, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const [start = 0, end = 0] = at.split('-').map(Number);
    yield* within(message(this.#file(name), start, end), range);
  }

  async add(name: string, { receivedAt, content }: NewMail): Promise<Kept> {
    const file = await this.#existing(name);
    const lock = this.#lock(file);
    await lock.take();
    const handle = await open(file, 'a', 0o600);
    try {
      const { size: begin } = await handle.stat();
      await lock.begin(begin);
      const writer = new MboxWriter();
      await handle.writeFile(mboxSeparator('', receivedAt));
      let size = 0;
      try {
        for await (const chunk of content) {
          size += chunk.length;
          await handle.writeFile(writer.push(chunk));
        }
        await handle.writeFile(writer.end());
      } catch (error) {
        await handle.truncate(begin);
        throw error;
      }
      const { size: end } = await handle.stat();
      await lock.begin(end);
      const count = this.#counts.get(file) ?? 0;
      this.#counts.set(file, count + 1);
      return { uid: PASSING + count, at: `${begin}-${end}`, size, receivedAt, flags: [] };
    } finally {
      await handle.close();
    }
  }

  async create(name: string): Promise<void> {
    const file = this.#file(name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
  }

  async close(): Promise<void> {
    for (const lock of this.#locks.values()) await lock.release();
  }

  #file(name: string): string {
    if (!this.#single) return `${join(this.#root, ...partsOf(name))}.mbox`;
    if (name !== INBOX)
      throw new CsError('CS_NOT_FOUND', `${this.#root} is one mailbox, and no ${JSON.stringify(name)}`);
    return this.#root;
  }

  async #existing(name: string): Promise<string> {
    const file = this.#file(name);
    if (!(await stat(file).catch(() => undefined))?.isFile())
      throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(name)}`);
    return file;
  }

  #lock(file: string): MboxLock {
    let lock = this.#locks.get(file);
    if (lock === undefined) {
      lock = new MboxLock(file);
      this.#locks.set(file, lock);
    }
    return lock;
  }
}

interface Part {
  readonly begin: number;
  readonly end: number;
  readonly size: number;
  readonly receivedAt: number;
  readonly header: Buffer;
}

/** Octets of header in which a status may stand. */
const HEADER = 64 * 1024;

async function* parts(file: string): AsyncGenerator<Part> {
  const reader = new MboxReader();
  let open: { begin: number; receivedAt: number; size: number; header: Buffer[]; held: number } | undefined;
  const ended = (end: number): Part | undefined =>
    open && {
      begin: open.begin,
      end,
      size: open.size,
      receivedAt: open.receivedAt,
      header: Buffer.concat(open.header),
    };
  const take = function* (events: ReturnType<MboxReader['push']>): Generator<Part> {
    for (const event of events) {
      if (event.kind === 'message') {
        const part = ended(event.offset);
        if (part) yield part;
        open = { begin: event.offset, receivedAt: event.receivedAt ?? 0, size: 0, header: [], held: 0 };
      } else if (open) {
        open.size += event.bytes.length;
        if (open.held < HEADER) open.header.push(event.bytes.subarray(0, HEADER));
        open.held += event.bytes.length;
      }
    }
  };
  for await (const chunk of createReadStream(file)) yield* take(reader.push(chunk as Buffer));
  yield* take(reader.end());
  const last = ended(Number.MAX_SAFE_INTEGER);
  if (last) yield last;
}

async function* message(file: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const reader = new MboxReader();
  for await (const chunk of createReadStream(file, { start, end: end - 1 }))
    for (const event of reader.push(chunk as Buffer)) if (event.kind === 'octets') yield event.bytes;
  for (const event of reader.end()) if (event.kind === 'octets') yield event.bytes;
}

async function walk(directory: string, above: readonly string[], found: string[]): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.mbox')) found.push(mailboxOf([...above, entry.name.slice(0, -5)]));
    else if (entry.isDirectory() && !entry.name.startsWith('.'))
      await walk(join(directory, entry.name), [...above, entry.name], found);
  }
}
