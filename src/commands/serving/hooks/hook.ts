/** `--webhook URL#event=mail.stored&to=ann`: where facts are told, and which. */
import type { Fact, Json } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import { type Pattern, parsePattern } from '../../../waiting/pattern.ts';

export interface Hook {
  /** Without the fragment, which is ours. */
  readonly url: string;
  readonly events: readonly string[];
  wants(fact: Fact): boolean;
}

const EVENTS = ['mail.stored'];

/** Throws `CS_USAGE`. */
export function parseHook(written: string): Hook {
  const at = written.indexOf('#');
  const url = at === -1 ? written : written.slice(0, at);
  if (!/^https?:\/\/[^/]/i.test(url)) {
    throw new CsError('CS_USAGE', `not a webhook: ${JSON.stringify(written)}`, {
      hint: '--webhook https://host/path, --webhook https://host/path#event=mail.stored&to=ann@x.test',
    });
  }
  const events: string[] = [];
  const filters: [string, Pattern][] = [];
  for (const part of at === -1 ? [] : written.slice(at + 1).split('&')) {
    const [, key, value] = /^([a-z_]+)=(.+)$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) {
      throw new CsError('CS_USAGE', `not a filter of a webhook: ${JSON.stringify(part)}`, {
        hint: '#event=mail.stored,request&subject=/welcome/i',
      });
    }
    if (key === 'event') events.push(...value.split(',').filter((event) => event !== ''));
    else filters.push([key, parsePattern(decode(value))]);
  }
  return {
    url,
    events: events.length > 0 ? events : EVENTS,
    wants: (fact) => filters.every(([key, pattern]) => textsOf(fact[key]).some((text) => pattern.test(text))),
  };
}

/** `%26` where a filter holds an `&`. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return [typeof value === 'object' ? JSON.stringify(value) : String(value)];
}
