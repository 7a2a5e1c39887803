/** What EHLO told (RFC 5321 section 4.1.1.1): keywords with their parameters. */
import type { Reply } from './client-reply.ts';

export interface Capabilities {
  /** The name the server gave itself. */
  readonly greeting: string;
  /** Keyword in capitals → its parameters as written. Empty after HELO. */
  readonly keywords: ReadonlyMap<string, string>;
  /** SASL mechanisms, as written. */
  readonly auth: readonly string[];
  /** Largest message in octets; undefined when it does not say. */
  readonly size: number | undefined;
}

/** @param reply the positive reply to EHLO, LHLO or HELO */
export function readCapabilities(reply: Reply): Capabilities {
  const [greeting = '', ...lines] = reply.lines;
  const keywords = new Map<string, string>();
  const auth: string[] = [];
  for (const line of lines) {
    const [word = '', ...rest] = line.trim().split(/[ \t=]/);
    const keyword = word.toUpperCase();
    const parameters = rest.filter((part) => part !== '');
    if (keyword === '') continue;
    if (keyword === 'AUTH') auth.push(...parameters);
    if (!keywords.has(keyword)) keywords.set(keyword, parameters.join(' '));
  }
  const size = /^\d{1,15}$/.exec(keywords.get('SIZE') ?? '')?.[0];
  return {
    greeting,
    keywords,
    auth: [...new Set(auth.map((mechanism) => mechanism.toUpperCase()))],
    size: Number(size) > 0 ? Number(size) : undefined,
  };
}

export function capabilityLines(capabilities: Capabilities): readonly string[] {
  return [...capabilities.keywords].map(([keyword, parameters]) => `${keyword} ${parameters}`.trimEnd());
}
