/** What lists and searches want of a message beyond its header facts: found by the store's index, kept while it is likely to be asked for. */
import type { MailEntry, MimePart } from '../../../contracts/mail.ts';
import { beginningOf, firstWords } from '../../../kit/mime/beginning.ts';
import { MessageIndexer } from '../../../kit/mime/indexer.ts';
import type { Catalogue } from './catalogue.ts';
import { headerLines, headerValue } from './header-lines.ts';
import { listed, type MessagePart } from './message.ts';

export interface Digest {
  readonly attachments: number;
  readonly inline: number;
  readonly cc: string;
  readonly bcc: string;
  readonly replyTo: string;
  /** The part whose beginning is the snippet. */
  readonly words: MessagePart | undefined;
}

/** Of a message that its store has no index of. */
const LOOKED_AT = 512 * 1024;
const BATCH = 500;
const KEPT = 100_000;
const SNIPPETS = 5000;

export class Digests {
  readonly #digests = new Map<string, Digest>();
  readonly #snippets = new Map<string, string>();

  digest(id: string): Digest | undefined {
    return this.#digests.get(id);
  }

  snippet(id: string): string | undefined {
    return this.#snippets.get(id);
  }

  /** Digests of those that are still there. */
  async gather(catalogue: Catalogue, entries: readonly MailEntry[]): Promise<void> {
    const missing = entries.filter(({ id }) => !this.#digests.has(id));
    for (let at = 0; at < missing.length; at += BATCH) await this.#scan(catalogue, missing.slice(at, at + BATCH));
  }

  /** Digests and snippets. @param within milliseconds, after which the rest is left for another time */
  async glance(catalogue: Catalogue, entries: readonly MailEntry[], within = Number.POSITIVE_INFINITY): Promise<void> {
    const end = performance.now() + within;
    await this.gather(catalogue, entries);
    for (const entry of entries) {
      if (this.#snippets.has(entry.id)) continue;
      if (performance.now() > end) return;
      await this.#quote(catalogue, entry);
    }
  }

  async #scan(catalogue: Catalogue, entries: readonly MailEntry[]): Promise<void> {
    const { mail, name } = catalogue;
    const ids = new Map(entries.map(({ uid, id }) => [uid, id]));
    const keep = (uid: number, root: MimePart, header: Uint8Array): void =>
      keepIn(this.#digests, ids.get(uid) ?? '', digestOf(root, header), KEPT);
    if (mail.scan) {
      for await (const batch of mail.scan(name, [...ids.keys()], { index: ['root'], header: true })) {
        for (const { uid, index, header } of batch) if (index?.root && header) keep(uid, index.root, header);
      }
      return;
    }
    for (const uid of ids.keys()) {
      const octets = await this.#beginning(catalogue, uid, 0, LOOKED_AT);
      const indexer = new MessageIndexer();
      indexer.write(octets);
      const { root } = indexer.end();
      keep(uid, root, octets.subarray(0, root.body));
    }
  }

  async #quote(catalogue: Catalogue, { id, uid }: MailEntry): Promise<void> {
    const part = this.#digests.get(id)?.words;
    if (part === undefined) return keepIn(this.#snippets, id, '', SNIPPETS);
    const { start, end } = beginningOf(part.mime);
    const octets = await this.#beginning(catalogue, uid, start, end);
    keepIn(this.#snippets, id, firstWords(part.mime, octets), SNIPPETS);
  }

  /** Nothing of a message that was removed meanwhile: a list without its words says as much. */
  async #beginning({ mail, name }: Catalogue, uid: number, start: number, end: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of mail.read(name, uid, { start, end })) chunks.push(chunk);
    } catch {
      return new Uint8Array();
    }
    return Buffer.concat(chunks);
  }
}

function keepIn<T>(kept: Map<string, T>, id: string, value: T, most: number): void {
  kept.set(id, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(oldest);
  }
}

function digestOf(root: MimePart, header: Uint8Array): Digest {
  const parts = [...listed(root, () => 0)];
  const headers = headerLines(header);
  const extras = parts.filter(({ role }) => role === 'attachment');
  return {
    attachments: extras.filter(({ disposition }) => disposition === 'attachment').length,
    inline: extras.filter(({ disposition }) => disposition === 'inline').length,
    cc: headerValue(headers, 'cc'),
    bcc: headerValue(headers, 'bcc'),
    replyTo: headerValue(headers, 'reply-to'),
    words: parts.find(({ role }) => role === 'text') ?? parts.find(({ role }) => role === 'html'),
  };
}
