/** The links of a message, looked at without asking anybody (trust.md HT-34): what is wrong with them stands in them. */
import { isIPv4, isIPv6 } from 'node:net';
import { decoded, tagsIn } from './tags.ts';

export interface LinkCheck {
  readonly url: string;
  readonly kind: 'link' | 'image' | 'text';
  readonly times: number;
  /** Sentences; none: nothing is wrong as far as can be seen from here. */
  readonly problems: readonly string[];
}

const MOST = 500;
const WRITTEN = /https?:\/\/[^\s<>"`\\^{|}\u0000-\u001f\u007f]{1,2000}/gi;

export function checkLinks(html: string | undefined, text: string | undefined): readonly LinkCheck[] {
  const found = new Map<string, { kind: LinkCheck['kind']; times: number; problems: Set<string> }>();
  const add = (url: string, kind: LinkCheck['kind'], shown?: string): void => {
    const known = found.get(url);
    if (!known && found.size >= MOST) return;
    const one = known ?? { kind, times: 0, problems: new Set(problemsOf(url, kind)) };
    one.times += 1;
    const other = shown === undefined ? undefined : pretends(url, shown);
    if (other !== undefined) one.problems.add(other);
    found.set(url, one);
  };
  for (const { name, attributes, text: after } of tagsIn(html ?? '')) {
    const [href, src] = [attributes.get('href'), attributes.get('src')];
    if ((name === 'a' || name === 'area') && href !== undefined) add(href.trim(), 'link', decoded(after).trim());
    if (name === 'img' && src !== undefined && !/^\s*(?:cid|data):/i.test(src)) add(src.trim(), 'image');
  }
  for (const [url] of (text ?? '').slice(0, 1024 * 1024).matchAll(WRITTEN))
    add(url.replace(/[.,;:!?'")\]]{1,8}$/, ''), 'text');
  return [...found].map(([url, { kind, times, problems }]) => ({ url, kind, times, problems: [...problems] }));
}

export function problemsOf(url: string, kind: LinkCheck['kind']): string[] {
  if (url === '' || url === '#') return ['leads nowhere'];
  if (url.startsWith('#') || /^(?:mailto|tel|sms):[^\s]+$/i.test(url)) return [];
  if (/\{\{|\}\}|%7B%7B|\[\[|<%|\$\{/i.test(url)) return ['holds a placeholder that nobody filled in'];
  if (/^\s*(?:javascript|vbscript|data|file):/i.test(url)) return ['mail programs do not follow this kind of link'];
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return [
      /^[a-z][a-z0-9+.-]*:/i.test(url) ? 'is no URL' : 'is relative: mail has no place that it could be relative to',
    ];
  }
  const problems: string[] = [];
  if (parsed.protocol === 'http:') problems.push('is not encrypted: http');
  else if (parsed.protocol !== 'https:') problems.push(`mail programs may not know ${parsed.protocol}`);
  if (parsed.username !== '' || parsed.password !== '') problems.push('carries a login');
  if (isPrivate(parsed.hostname)) problems.push('leads to a machine that only its owner can reach');
  if (parsed.hostname.includes('xn--')) problems.push('has a name in another script: filters look twice at it');
  if (kind !== 'image' && /^(?:bit\.ly|t\.co|tinyurl\.com|goo\.gl|ow\.ly|is\.gd)$/.test(parsed.hostname)) {
    problems.push('hides where it leads behind a shortener');
  }
  if (url.length > 2000) problems.push('is longer than 2,000 characters');
  return problems;
}

function isPrivate(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIPv6(name)) return name === '::1' || /^f[cd]|^fe[89ab]/.test(name);
  if (isIPv4(name)) return /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(name);
  return name === 'localhost' || /\.(?:localhost|local|internal|lan|home\.arpa)$/.test(name) || !name.includes('.');
}

/** Its words are an address, and it leads to another one. */
function pretends(url: string, shown: string): string | undefined {
  const [, host] = /^(?:https?:\/\/)?((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24})(?:[/:?#]|$)/i.exec(shown.slice(0, 300)) ?? [];
  if (host === undefined) return undefined;
  try {
    const [a, b] = [new URL(url).hostname, host.toLowerCase()].map((name) => name.replace(/^www\./, ''));
    return a === b || a?.endsWith(`.${b}`) ? undefined : `says ${host} and leads to ${a}`;
  } catch {
    return undefined;
  }
}
