/**
 * A secret is a type, marked where it is born: it prints, logs, serialises and inspects as `***`.
 * Only `reveal()` gives the text, so a search for that word finds every use.
 */
import { inspect } from 'node:util';
import { maskTokens } from './lent-token.ts';

const MASK = '***';

/**
 * Live secrets and how many hold each, for the one redactor below. Short ones are left out: masking `a` would mask
 * everything.
 */
const known = new Map<string, number>();

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    if (text.length >= 4) known.set(text, (known.get(text) ?? 0) + 1);
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/**
 * Drop a secret from the redactor once nothing can print it any more (per-connection passwords on a server); once for
 * each. The same text held by another secret stays hidden.
 */
export function forget(secret: Secret): void {
  const text = secret.reveal();
  const others = (known.get(text) ?? 0) - 1;
  if (others > 0) known.set(text, others);
  else known.delete(text);
}

const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,256}):[^\s/@]{1,1024}@/gi;

/** The one redactor: every printed URL, transcript and debug line passes through here. */
export function redact(text: string): string {
  let safe = maskTokens(text.replace(URL_PASSWORD, `$1:${MASK}@`));
  for (const secret of known.keys()) {
    if (safe.includes(secret)) safe = safe.replaceAll(secret, MASK);
    const encoded = Buffer.from(secret).toString('base64');
    if (safe.includes(encoded)) safe = safe.replaceAll(encoded, MASK);
  }
  return safe;
}
