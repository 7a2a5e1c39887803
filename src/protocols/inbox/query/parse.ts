/** What people write into a search field, as terms that all must hold: Mailpit's grammar, which is Gmail's small brother. */

export type Field = 'from' | 'to' | 'cc' | 'bcc' | 'reply-to' | 'addressed' | 'subject' | 'message-id' | 'tag';

export type Term = { readonly not: boolean } & (
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'field'; readonly field: Field; readonly text: string }
  | { readonly kind: 'is'; readonly what: 'read' | 'unread' | 'tagged' | 'flagged' | 'answered' }
  | { readonly kind: 'has'; readonly what: 'attachment' | 'inline' }
  /** Milliseconds since 1970. */
  | { readonly kind: 'before' | 'after'; readonly time: number }
  /** Octets. */
  | { readonly kind: 'larger' | 'smaller'; readonly size: number }
);

const FIELDS: Readonly<Record<string, Field>> = {
  from: 'from',
  to: 'to',
  cc: 'cc',
  bcc: 'bcc',
  'reply-to': 'reply-to',
  addressed: 'addressed',
  subject: 'subject',
  'message-id': 'message-id',
  tag: 'tag',
};
const IS = {
  read: 'read',
  unread: 'unread',
  tagged: 'tagged',
  flagged: 'flagged',
  starred: 'flagged',
  answered: 'answered',
} as const;
const HAS = { attachment: 'attachment', attachments: 'attachment', inline: 'inline', inlines: 'inline' } as const;

/** Terms beyond this many are not looked at. */
const TERMS = 50;
const LENGTH = 2000;

/** A word, a `"phrase"`, or either of them behind `name:`; `-` or `!` in front turns it over. */
const TOKEN = /([-!]?)(?:([a-z-]{2,12}):)?(?:"([^"]*)"?|(\S+))/giy;

/** Whatever is written means something: what is no operator is words. */
export function parseQuery(written: string): readonly Term[] {
  const text = written.slice(0, LENGTH);
  const terms: Term[] = [];
  TOKEN.lastIndex = 0;
  while (terms.length < TERMS) {
    while (/\s/.test(text[TOKEN.lastIndex] ?? '')) TOKEN.lastIndex += 1;
    const found = TOKEN.exec(text);
    if (!found) return terms;
    const [whole, sign = '', name, phrase, word = ''] = found;
    const value = phrase ?? word;
    const term = (name && operator(name.toLowerCase(), value)) || plain(sign, whole, name, value);
    if (term) terms.push({ ...term, not: sign !== '' } as Term);
  }
  return terms;
}

type Positive = Term extends infer T ? (T extends unknown ? Omit<T, 'not'> : never) : never;

function plain(sign: string, whole: string, name: string | undefined, value: string): Positive | undefined {
  const text = name === undefined ? value : whole.slice(sign.length).replaceAll('"', '');
  return text.trim() === '' ? undefined : { kind: 'words', text };
}

function operator(name: string, value: string): Positive | undefined {
  const word = value.toLowerCase();
  if (Object.hasOwn(FIELDS, name))
    return value === '' ? undefined : { kind: 'field', field: FIELDS[name]!, text: value };
  if (name === 'is' && Object.hasOwn(IS, word)) return { kind: 'is', what: IS[word as keyof typeof IS] };
  if (name === 'has' && Object.hasOwn(HAS, word)) return { kind: 'has', what: HAS[word as keyof typeof HAS] };
  if (name === 'before' || name === 'after') {
    const time = timeOf(value);
    return time === undefined ? undefined : { kind: name, time };
  }
  if (name === 'larger' || name === 'smaller') {
    const size = sizeOf(value);
    return size === undefined ? undefined : { kind: name, size };
  }
  return undefined;
}

/** `2026-01-31`, `2026/01/31` (midnight UTC), or a whole RFC 3339 time. */
function timeOf(written: string): number | undefined {
  const day = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(written);
  if (day) return Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
  const time = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(written) ? Date.parse(written.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, kb: 1024, m: 1024 ** 2, mb: 1024 ** 2 };

function sizeOf(written: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([kmb]{0,2})$/i.exec(written) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
