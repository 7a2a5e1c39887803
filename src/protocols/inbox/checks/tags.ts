/** HTML as the tags and texts that stand in it: one linear pass, for checks only; nothing is rendered or fetched. */
export interface Tag {
  /** Lower case; `/a` for an end tag. */
  readonly name: string;
  /** Names in lower case; the first of each counts. */
  readonly attributes: ReadonlyMap<string, string>;
  /** What follows, up to the next tag. */
  readonly text: string;
}

/** Tags that are looked at; a message with more is odd enough. */
const MOST = 20_000;
const LENGTH = 16 * 1024;
const ATTRIBUTE = /([^\s=>"'/]{1,100})(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function tagsIn(html: string): readonly Tag[] {
  const found: Tag[] = [];
  for (let at = html.indexOf('<'); at !== -1 && found.length < MOST; ) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at);
      if (end === -1) break;
      at = html.indexOf('<', end);
      continue;
    }
    const close = html.indexOf('>', at);
    if (close === -1) break;
    const inside = html.slice(at + 1, Math.min(close, at + LENGTH));
    const next = html.indexOf('<', close);
    const [, name = ''] = /^(\/?[a-z][a-z0-9:-]{0,40})/i.exec(inside) ?? [];
    if (name !== '') {
      const text = html.slice(close + 1, next === -1 ? html.length : next);
      found.push({ name: name.toLowerCase(), attributes: attributesOf(inside.slice(name.length)), text });
    }
    at = next;
  }
  return found;
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE)) {
    if (found.size >= 100) break;
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, decoded(double ?? single ?? bare ?? ''));
  }
  return found;
}

export function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
