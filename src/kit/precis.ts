/**
 * Names and passwords in one spelling before they are compared (PRECIS, RFC 8264 and 8265; SASLprep, RFC 4013).
 * Each preparation gives undefined for what may not be a name or a password at all.
 */

/** Octets (UTF-8) of a name. */
export const NAME_OCTETS = 255;
/** Octets (UTF-8) of a password; a longer one is refused before anything is computed from it, never cut. */
export const PASSWORD_OCTETS = 1024;

const HIDDEN: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfdd0, 0xfdef],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xffff],
  [0xe0000, 0xe0fff],
];

/** Controls, lone surrogates, non-characters and what nobody sees: bidi marks, joiners, fillers, selectors, tags. */
export function isHidden(point: number): boolean {
  if (point < 0x80) return point < 0x20 || point === 0x7f;
  if (HIDDEN.some(([first, last]) => point >= first && point <= last)) return true;
  return (point & 0xfffe) === 0xfffe;
}

/** Spaces of other scripts and widths; U+0020 is not one of them. */
export function isForeignSpace(point: number): boolean {
  return (
    point === 0xa0 ||
    point === 0x1680 ||
    (point >= 0x2000 && point <= 0x200a) ||
    point === 0x202f ||
    point === 0x205f ||
    point === 0x3000
  );
}

function everyPoint(text: string, fine: (point: number) => boolean): boolean {
  for (const symbol of text) if (!fine(symbol.codePointAt(0)!)) return false;
  return true;
}

function fits(text: string, octets: number): boolean {
  return text.length <= octets && Buffer.byteLength(text) <= octets;
}

/** Full-width and half-width forms as what they stand for (RFC 8264 section 5.2.1); nothing else is decomposed. */
function mapWidth(text: string): string {
  let mapped = '';
  for (const symbol of text) mapped += symbol >= '\uff01' && symbol <= '\uffee' ? symbol.normalize('NFKC') : symbol;
  return mapped;
}

/**
 * A user name as UsernameCaseMapped (RFC 8265 section 3.3): widths, lower case, NFC. Words may be joined by one space.
 * What would be a path or a template in a directory's name (`/`, `\`, `%`, `.`, `..`) is refused as well.
 */
export function prepareName(text: string): string | undefined {
  if (!fits(text, NAME_OCTETS)) return undefined;
  const name = mapWidth(text).toLowerCase().normalize('NFC');
  if (name === '' || name === '.' || name === '..' || !fits(name, NAME_OCTETS)) return undefined;
  if (name.startsWith(' ') || name.endsWith(' ') || name.includes('  ')) return undefined;
  const fine = everyPoint(name, (point) => !isHidden(point) && !isForeignSpace(point) && !'/\\%'.includes(char(point)));
  return fine ? withAsciiDomain(name) : undefined;
}

function char(point: number): string {
  return String.fromCodePoint(point);
}

/** A password as OpaqueString (RFC 8265 section 4.2): foreign spaces become U+0020, NFC, case kept. */
export function preparePassword(text: string): string | undefined {
  if (!fits(text, PASSWORD_OCTETS)) return undefined;
  let spaced = '';
  for (const symbol of text) spaced += isForeignSpace(symbol.codePointAt(0)!) ? ' ' : symbol;
  const password = spaced.normalize('NFC');
  const fine = everyPoint(password, (point) => point > 0x1f && point !== 0x7f && !(point >= 0xd800 && point <= 0xdfff));
  return fine && password !== '' && fits(password, PASSWORD_OCTETS) ? password : undefined;
}

/** As SCRAM wants names and passwords (RFC 4013): hidden points vanish, foreign spaces become U+0020, NFKC. */
export function saslPrep(text: string): string | undefined {
  if (!fits(text, PASSWORD_OCTETS)) return undefined;
  let mapped = '';
  for (const symbol of text) {
    const point = symbol.codePointAt(0)!;
    if (isForeignSpace(point)) mapped += ' ';
    else if (!isMappedToNothing(point)) mapped += symbol;
  }
  const prepared = mapped.normalize('NFKC');
  return prepared !== '' && everyPoint(prepared, (point) => !isHidden(point)) ? prepared : undefined;
}

/** RFC 3454 table B.1. */
function isMappedToNothing(point: number): boolean {
  return (
    point === 0xad ||
    point === 0x34f ||
    point === 0x1806 ||
    (point >= 0x180b && point <= 0x180d) ||
    (point >= 0x200b && point <= 0x200d) ||
    point === 0x2060 ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    point === 0xfeff
  );
}

/**
 * A domain in lower case as A-labels (RFC 5890), so that two spellings of one compare equal; undefined when it has none.
 * ASCII ones are only lower-cased: a URL's host parser would read `1.2` as an address.
 */
export function asciiDomain(domain: string): string | undefined {
  if (everyPoint(domain, (point) => point < 0x80)) return domain.toLowerCase();
  if (!everyPoint(domain, (point) => point >= 0x80 || /[a-z0-9._-]/i.test(char(point)))) return undefined;
  const url = `http://${domain}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function withAsciiDomain(name: string): string {
  const at = name.lastIndexOf('@');
  if (at === -1) return name;
  const domain = name.slice(at + 1);
  return `${name.slice(0, at)}@${asciiDomain(domain) ?? domain}`;
}
