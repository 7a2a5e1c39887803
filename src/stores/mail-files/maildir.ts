/** Maildir (cr.yp.to/proto/maildir.html): a directory for each mailbox, with `cur`, `new` and `tmp`. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { Counting, readCounter } from './counting.ts';
import { type Kept, type KeptBox, type MailFormat, type NewMail, PASSING } from './format.ts';
import { type MaildirLayout, maildirLayout } from './maildir-layout.ts';
import { hasLetter, maildirName, parseMaildirName } from './maildir-name.ts';
import { readMessage, writeNew } from './octets.ts';

const PARTS = ['tmp', 'new', 'cur'] as const;

export class Maildir implements MailFormat {
  readonly #layout: MaildirLayout;
  readonly #counting = new Map<string, Counting>();
  readonly #highest = new Map<string, number>();
  #made = 0;

  constructor(root: string) {
    this.#layout = maildirLayout(root);
  }

  names(): Promise<readonly string[]> {
    return this.#layout.names();
  }

  async load(name: string): Promise<KeptBox> {
    const directory = await this.#existing(name);
    const counter = await readCounter(directory);
    const found = await messagesIn(directory);
    const messages: Kept[] = [];
    const seen = new Set<number>();
    let passing = PASSING;
    for (const { part, file, receivedAt, size } of found) {
      const { uid: own, flags } = parseMaildirName(file);
      // A uid without its count, or one that is there twice, says nothing.
      const durable = counter !== undefined && own !== undefined && own > 0 && own < PASSING && !seen.has(own);
      const uid = durable ? own : passing++;
      seen.add(uid);
      messages.push({ uid, at: join(part, file), size, receivedAt, flags });
    }
    messages.sort((a, b) => a.uid - b.uid);
    const highest = messages.findLast(({ uid }) => uid < PASSING)?.uid ?? 0;
    this.#highest.set(name, highest);
    const last = Math.max(counter?.last ?? 0, highest);
    return { uidValidity: counter?.uidValidity ?? Math.floor(Date.now() / 1000), uidNext: last + 1, messages };
  }

  async *read(name: string, { at }: Kept, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const directory = this.#layout.directory(name);
    const now = await this.#whereNow(directory, at);
    if (now === undefined) throw gone(name);
    yield* readMessage(join(directory, now), range);
  }

  async add(name: string, { flags, receivedAt, content }: NewMail): Promise<Kept> {
    const directory = await this.#existing(name);
    const { uid } = await this.#countingOf(name).next(this.#highest.get(name) ?? 0);
    this.#highest.set(name, uid);
    const unique = this.#unique();
    const part = join(directory, 'tmp', unique);
    try {
      const size = await writeNew(part, content, receivedAt);
      const named = `${unique},S=${size},W=${size},U=${uid}`;
      const at = flags.length === 0 ? join('new', named) : join('cur', maildirName(named, flags));
      await rename(part, join(directory, at));
      return { uid, at, size, receivedAt, flags: flags.filter(hasLetter) };
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async create(name: string): Promise<void> {
    const directory = this.#layout.directory(name);
    for (const part of PARTS) await mkdir(join(directory, part), { recursive: true, mode: 0o700 });
  }

  async flag(name: string, kept: Kept, flags: readonly string[]): Promise<Kept> {
    const directory = this.#layout.directory(name);
    const now = await this.#whereNow(directory, kept.at);
    if (now === undefined) throw gone(name);
    const { unique, others } = parseMaildirName(basename(now));
    const at = join('cur', maildirName(unique, flags, others));
    if (at !== now) await rename(join(directory, now), join(directory, at));
    return { ...kept, at, flags: flags.filter(hasLetter) };
  }

  async remove(name: string, kept: readonly Kept[]): Promise<void> {
    const directory = this.#layout.directory(name);
    for (const { at } of kept) {
      const now = await this.#whereNow(directory, at);
      if (now !== undefined) await rm(join(directory, now), { force: true });
    }
  }

  async drop(name: string): Promise<void> {
    const directory = await this.#existing(name);
    for (const part of PARTS) await rm(join(directory, part), { recursive: true, force: true });
    await rm(join(directory, '.uidvalidity'), { force: true });
    // What else is in there, mailboxes below it too, stays.
    await rmdir(directory).catch(() => {});
  }

  async close(): Promise<void> {
    for (const counting of this.#counting.values()) await counting.close();
  }

  async #existing(name: string): Promise<string> {
    const directory = this.#layout.directory(name);
    const found = await stat(join(directory, 'cur')).catch(() => undefined);
    if (!found?.isDirectory()) throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(name)}`);
    return directory;
  }

  /** Where the message is by now: other programs, and we, move it when its flags change. */
  async #whereNow(directory: string, at: string): Promise<string | undefined> {
    if (await stat(join(directory, at)).catch(() => undefined)) return at;
    const { unique } = parseMaildirName(basename(at));
    for (const part of new Set(['cur', dirname(at), 'new'])) {
      const names = await readdir(join(directory, part));
      const found = names.find((name) => parseMaildirName(name).unique === unique);
      if (found !== undefined) return join(part, found);
    }
    return undefined;
  }

  #countingOf(name: string): Counting {
    let counting = this.#counting.get(name);
    if (counting === undefined) {
      counting = new Counting(this.#layout.directory(name));
      this.#counting.set(name, counting);
    }
    return counting;
  }

  #unique(): string {
    this.#made += 1;
    const host = hostname().replace(/[/:,\0]/g, '-');
    const [seconds, nanos] = process.hrtime();
    return `${Math.floor(Date.now() / 1000)}.M${seconds}${nanos}P${process.pid}Q${this.#made}R${randomBytes(4).toString('hex')}.${host}`;
  }
}

interface Found {
  readonly part: string;
  readonly file: string;
  readonly receivedAt: number;
  /** NaN where the name does not say it: it takes reading to know how many octets it is with CRLF. */
  readonly size: number;
}

async function messagesIn(directory: string): Promise<readonly Found[]> {
  const all: Found[] = [];
  for (const part of ['new', 'cur']) {
    const names = (await readdir(join(directory, part))).filter((name) => !name.startsWith('.'));
    for (const file of names) {
      const facts = await stat(join(directory, part, file)).catch(() => undefined);
      if (!facts?.isFile()) continue;
      const virtual = /,W=(\d{1,15})/.exec(file)?.[1];
      const size = virtual === undefined ? Number.NaN : Number(virtual);
      all.push({ part, file, receivedAt: facts.mtimeMs, size });
    }
  }
  // Names begin with the time of delivery.
  return all.sort((a, b) => (a.file < b.file ? -1 : 1));
}

function gone(name: string): CsError {
  return new CsError('CS_NOT_FOUND', `a message of ${name} is gone`);
}
