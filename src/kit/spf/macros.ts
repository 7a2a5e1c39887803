/** Domains with macros in SPF records (RFC 7208 section 7). */
import { dotted } from './address.ts';

export interface MacroFacts {
  /** Of MAIL FROM, or `postmaster@HELO`. */
  readonly sender: string;
  readonly helo: string;
  readonly address: Uint8Array;
}

const MACRO = /%(?:\{([slodiphv])(\d{0,3})(r?)([.\-+,/_=]*)\}|([%_-]))/gi;
const ESCAPES: Readonly<Record<string, string>> = { '%': '%', _: ' ', '-': '%20' };

/** Whether it is one: c, r and t are for explanations only. */
export function isDomainSpec(text: string): boolean {
  if (text === '' || /[^!-~]/.test(text)) return false;
  const bare = text.replace(MACRO, (_, letter: string | undefined, digits: string | undefined) =>
    letter !== undefined && digits !== undefined && digits !== '' && Number(digits) === 0 ? '%' : '',
  );
  if (bare.includes('%')) return false;
  // At its end a macro, or a label that is more than a number.
  const end = text.replace(/\.$/, '');
  const label = end.slice(end.lastIndexOf('.') + 1);
  if (end.endsWith('}')) return true;
  return end.includes('.') && /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(label) && /\D/.test(label) && !label.endsWith('-');
}

/** The name to ask for; what is too long loses labels at its left. Undefined where it is no name after all. */
export function expand(spec: string, domain: string, facts: MacroFacts): string | undefined {
  const text = spec.replace(MACRO, (_, letter, digits, reverse, delimiters, sign) =>
    sign !== undefined ? ESCAPES[sign]! : transformed(letter, { digits, reverse, delimiters }, domain, facts),
  );
  const labels = text.replace(/\.$/, '').split('.');
  let length = labels.reduce((sum, label) => sum + label.length + 1, -1);
  let first = 0;
  while (length > 253 && first < labels.length - 1) length -= labels[first++]!.length + 1;
  const name = labels.slice(first);
  return name.length > 1 && isName(name) ? name.join('.') : undefined;
}

export function isName(labels: readonly string[]): boolean {
  return labels.every((label) => label.length > 0 && label.length <= 63);
}

interface Transformers {
  readonly digits: string;
  readonly reverse: string;
  readonly delimiters: string;
}

function transformed(letter: string, how: Transformers, domain: string, facts: MacroFacts): string {
  const value = macroValue(letter.toLowerCase(), domain, facts);
  const parts = split(value, how.delimiters || '.');
  if (how.reverse !== '') parts.reverse();
  const kept = how.digits === '' ? parts : parts.slice(-Number(how.digits));
  const text = kept.join('.');
  const unreserved = (char: string): string => (/[A-Za-z0-9._~-]/.test(char) ? char : encodeURIComponent(char));
  return letter === letter.toLowerCase() ? text : [...text].map(unreserved).join('');
}

function macroValue(letter: string, domain: string, { sender, helo, address }: MacroFacts): string {
  const at = sender.lastIndexOf('@');
  switch (letter) {
    case 's':
      return sender;
    case 'l':
      return sender.slice(0, at);
    case 'o':
      return sender.slice(at + 1);
    case 'd':
      return domain;
    case 'i':
      return dotted(address);
    case 'v':
      return address.length === 4 ? 'in-addr' : 'ip6';
    case 'h':
      return helo;
    default:
      // p: names of addresses are not looked up, as the RFC advises (section 7.3).
      return 'unknown';
  }
}

function split(text: string, delimiters: string): string[] {
  const parts = [''];
  for (const char of text) {
    if (delimiters.includes(char)) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
