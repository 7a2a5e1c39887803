/** HTML of a mail as text and as links, for assertions only: one pass, nothing is rendered or fetched. */

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[(name as string).toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

interface Piece {
  readonly kind: 'text' | 'tag';
  readonly text: string;
}

/** Everything inside these is no text. */
const HIDDEN = /^<(style|script|title)\b/i;

function* pieces(html: string): Generator<Piece> {
  const lower = html.toLowerCase();
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    const end = open === -1 ? html.length : open;
    if (end > at) yield { kind: 'text', text: html.slice(at, end) };
    if (open === -1) return;
    const comment = html.startsWith('<!--', open);
    const close = comment ? html.indexOf('-->', open + 4) : html.indexOf('>', open);
    if (close === -1) return;
    at = close + (comment ? 3 : 1);
    const tag = html.slice(open, Math.min(at, open + 8192));
    if (!comment) yield { kind: 'tag', text: tag };
    const [, hidden] = HIDDEN.exec(tag) ?? [];
    if (hidden === undefined) continue;
    const after = lower.indexOf(`</${hidden.toLowerCase()}`, at);
    if (after === -1) return;
    at = after;
  }
}

const BLOCK = /^<\/?(?:p|div|br|tr|td|th|li|h[1-6]|table|ul|ol)\b/i;

export function htmlText(html: string): string {
  let text = '';
  for (const piece of pieces(html)) {
    if (piece.kind === 'text') text += decodeEntities(piece.text);
    else if (BLOCK.test(piece.text)) text += '\n';
  }
  return text;
}

/** The targets of `href`, entities decoded, in order. */
export function hrefs(html: string): readonly string[] {
  const found: string[] = [];
  for (const { kind, text } of pieces(html)) {
    if (kind !== 'tag') continue;
    const [, , double, single, bare] = /\shref\s*=\s*("([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(text) ?? [];
    const target = double ?? single ?? bare;
    if (target !== undefined) found.push(decodeEntities(target).trim());
  }
  return found;
}
