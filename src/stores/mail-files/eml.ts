/** A directory for each mailbox, a file `UID.eml` for each message, its time the message's. It knows no flags. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { Counting, readCounter } from './counting.ts';
import { type Kept, type KeptBox, type MailFormat, type NewMail, PASSING } from './format.ts';
import { mailboxOf, partsOf } from './name-parts.ts';
import { readMessage, writeNew } from './octets.ts';

const FILE = /\.eml$/i;
const OWN = /^(\d{1,10})\.eml$/;

export class EmlFiles implements MailFormat {
  readonly #root: string;
  /** Messages lie in the root itself: that is the inbox. */
  readonly #flat: boolean;
  readonly #counting = new Map<string, Counting>();
  readonly #highest = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
    this.#flat = existsSync(root) && readdirSync(root).some((name) => FILE.test(name));
  }

  async names(): Promise<readonly string[]> {
    const found: string[] = [];
    await walk(this.#root, [], found);
    return this.#flat ? ['INBOX', ...found.filter((name) => name !== 'INBOX')] : found;
  }

  async load(name: string): Promise<KeptBox> {
    const directory = await this.#existing(name);
    const counter = await readCounter(directory);
    const messages: Kept[] = [];
    let passing = PASSING;
    for (const file of (await readdir(directory)).filter((one) => FILE.test(one)).sort()) {
      const facts = await stat(join(directory, file)).catch(() => undefined);
      if (!facts?.isFile()) continue;
      const own = counter && Number(OWN.exec(file)?.[1] ?? 0);
      const uid = own && own < PASSING ? own : passing++;
      messages.push({ uid, at: file, size: Number.NaN, receivedAt: facts.mtimeMs, flags: [] });
    }
    messages.sort((a, b) => a.uid - b.uid);
    const highest = messages.findLast(({ uid }) => uid < PASSING)?.uid ?? 0;
    this.#highest.set(name, highest);
    const last = Math.max(counter?.last ?? 0, highest);
    return { uidValidity: counter?.uidValidity ?? Math.floor(Date.now() / 1000), uidNext: last + 1, messages };
  }

  read(name: string, { at }: Kept, range?: ByteRange): AsyncIterable<Uint8Array> {
    return readMessage(join(this.#directory(name), at), range);
  }

  async add(name: string, { receivedAt, content }: NewMail): Promise<Kept> {
    const directory = await this.#existing(name);
    const { uid } = await this.#countingOf(name).next(this.#highest.get(name) ?? 0);
    this.#highest.set(name, uid);
    const part = join(directory, `.${uid}.${randomBytes(4).toString('hex')}.part`);
    try {
      const size = await writeNew(part, content, receivedAt);
      await rename(part, join(directory, `${uid}.eml`));
      return { uid, at: `${uid}.eml`, size, receivedAt, flags: [] };
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async create(name: string): Promise<void> {
    await mkdir(this.#directory(name), { recursive: true, mode: 0o700 });
  }

  async remove(name: string, kept: readonly Kept[]): Promise<void> {
    for (const { at } of kept) await rm(join(this.#directory(name), at), { force: true });
  }

  async drop(name: string): Promise<void> {
    const { messages } = await this.load(name);
    await this.remove(name, messages);
    await rm(join(this.#directory(name), '.uidvalidity'), { force: true });
    // What else is in there stays.
    await rmdir(this.#directory(name)).catch(() => {});
  }

  async close(): Promise<void> {
    for (const counting of this.#counting.values()) await counting.close();
  }

  #directory(name: string): string {
    return this.#flat && name === 'INBOX' ? this.#root : join(this.#root, ...partsOf(name));
  }

  async #existing(name: string): Promise<string> {
    const directory = this.#directory(name);
    const found = await stat(directory).catch(() => undefined);
    if (!found?.isDirectory()) throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(name)}`);
    return directory;
  }

  #countingOf(name: string): Counting {
    let counting = this.#counting.get(name);
    if (counting === undefined) {
      counting = new Counting(this.#directory(name));
      this.#counting.set(name, counting);
    }
    return counting;
  }
}

async function walk(directory: string, parts: readonly string[], found: string[]): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  // A directory that only holds others is none.
  const holds = entries.some(({ name }) => FILE.test(name) || name === '.uidvalidity');
  const others = entries.some((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  if (parts.length > 0 && (holds || !others)) found.push(mailboxOf(parts));
  for (const entry of entries) {
    if (entry.isDirectory() && !entry.name.startsWith('.'))
      await walk(join(directory, entry.name), [...parts, entry.name], found);
  }
}
