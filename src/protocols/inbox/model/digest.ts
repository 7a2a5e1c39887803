/** The few words of a message that a list shows beside its header facts. */
import type { MailEntry } from '../../../contracts/mail.ts';
import type { Catalogue } from './catalogue.ts';
import { type Message, readMessage } from './message.ts';

export interface Digest {
  /** The beginning of its text, on one line. */
  readonly snippet: string;
  readonly attachments: number;
}

const SNIPPET = 200;
/** Octets of a message that are looked at for it. */
const LOOKED_AT = 256 * 1024;
const KEPT = 5000;

/** Digests of the messages that were shown, by id. */
export class Digests {
  readonly #kept = new Map<string, Digest>();

  known(id: string): Digest | undefined {
    return this.#kept.get(id);
  }

  /** Of those that are still there. @param within milliseconds, after which the rest is left for another time */
  async of(catalogue: Catalogue, entries: readonly MailEntry[], within = Number.POSITIVE_INFINITY): Promise<void> {
    const end = performance.now() + within;
    for (const entry of entries) {
      if (this.#kept.has(entry.id)) continue;
      if (performance.now() > end) return;
      await this.#read(catalogue, entry);
    }
  }

  async #read({ mail, name }: Catalogue, { uid, id }: MailEntry): Promise<void> {
    try {
      this.#keep(id, digest(await readMessage(mail, name, uid, LOOKED_AT)));
    } catch {
      // Removed meanwhile: a list without its words says as much.
    }
  }

  #keep(id: string, made: Digest): void {
    this.#kept.set(id, made);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) return;
      this.#kept.delete(oldest);
    }
  }
}

function digest({ text, html, parts }: Message): Digest {
  const words = text !== undefined && text.trim() !== '' ? text : withoutTags((html ?? '').slice(0, 64 * 1024));
  const snippet = words.slice(0, 2000).replace(/\s+/g, ' ').trim().slice(0, SNIPPET);
  return { snippet, attachments: parts.filter(({ disposition }) => disposition === 'attachment').length };
}

/** Linear, and for one line of words only: what is shown as HTML is another matter. */
function withoutTags(html: string): string {
  return html
    .split(/<(?:script|style|title)\b/i)
    .map((part, index) => (index === 0 ? part : part.replace(/^[\s\S]*?<\/(?:script|style|title)\s*>/i, ' ')))
    .join(' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&nbsp;|&#160;|&zwnj;|&#8204;|&#847;|&shy;/gi, ' ')
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&quot;/gi, '"')
    .replace(/&#39;|&apos;/gi, "'")
    .replace(/&amp;/gi, '&');
}
