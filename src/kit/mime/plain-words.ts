const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  zwnj: '',
  shy: '',
};
const HIDDEN = /^<(style|script|title|head)\b/i;

/** The words of HTML, for one line in a list: linear, and nothing that anybody renders. */
export function plainWords(html: string): string {
  const lower = html.toLowerCase();
  let words = '';
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at);
    words += `${html.slice(at, open === -1 ? html.length : open)} `;
    if (open === -1) break;
    const comment = html.startsWith('<!--', open);
    const close = comment ? html.indexOf('-->', open) : html.indexOf('>', open);
    if (close === -1) break;
    at = close + (comment ? 3 : 1);
    const [, hidden] = HIDDEN.exec(html.slice(open, open + 10)) ?? [];
    if (hidden === undefined) continue;
    const end = lower.indexOf(`</${hidden.toLowerCase()}`, at);
    if (end === -1) break;
    at = end;
  }
  return words.replace(/&(?:#(\d{1,7})|([a-z]{2,6}));/gi, (whole, decimal, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const point = Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
