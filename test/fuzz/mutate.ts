/** Inputs that are nearly right: a conversation with some of it cut, doubled, swapped, overgrown or from somewhere else. */
import type { Chance } from './chance.ts';
import type { Wire } from './wire.ts';

/** Octets of one input; what grows beyond is cut. Size for its own sake is the pump's affair. */
const LONGEST = 16 * 1024;
const NUMBERS = [
  '0',
  '-1',
  '1e9',
  '0x10',
  '00',
  '255',
  '65536',
  '2147483648',
  '4294967295',
  '4294967296',
  '9'.repeat(20),
];
const OCTETS = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\r\n',
  '\n\r',
  '\t',
  ' ',
  '\x7f',
  '\x80',
  '\xc0\xaf',
  '\xff',
  '\xed\xa0\x80',
];
const BRACKETS = ['()', '[]', '{}', '<>', '""', "''", '(', '[', '{', '<', '"', '\\'];
/** So that `__proto__` and its like stand where names stand. */
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  '..',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '\xe2\x80\xae',
  '-',
];

type Change = (text: string, chance: Chance, wire: Pick<Wire, 'seeds' | 'words'>) => string;

/** A stretch of the text, most often a short one. */
function stretch(text: string, chance: Chance): [number, number] {
  const start = chance.below(text.length + 1);
  const most = chance.next() < 0.7 ? 12 : text.length;
  return [start, Math.min(text.length, start + chance.below(most + 1))];
}

/** A run of one kind at a random place: a word, a number. */
function run(text: string, kind: RegExp, chance: Chance): [number, number] {
  const search = new RegExp(kind.source, 'g');
  search.lastIndex = chance.below(text.length + 1);
  const found = search.exec(text) ?? new RegExp(kind.source).exec(text);
  return found ? [found.index, found.index + found[0].length] : [text.length, text.length];
}

const over = (text: string, [start, end]: readonly [number, number], what: string): string =>
  text.slice(0, start) + what + text.slice(end);
const lines = (text: string): string[] => text.split(/(?<=\n)/);

const CHANGES: readonly Change[] = [
  // Cut off, cut out, doubled, many times.
  (text, chance) => text.slice(0, chance.below(text.length + 1)),
  (text, chance) => over(text, stretch(text, chance), ''),
  (text, chance) => {
    const [start, end] = stretch(text, chance);
    return over(text, [end, end], text.slice(start, end));
  },
  (text, chance) => {
    const [start, end] = stretch(text, chance);
    return over(text, [end, end], text.slice(start, Math.min(end, start + 8)).repeat(1 + chance.below(300)));
  },
  // Something that has a meaning, in place of something or between.
  (text, chance, { words }) => over(text, stretch(text, chance), chance.pick(words)),
  (text, chance, { words }) => over(text, run(text, /[\w-]+/, chance), chance.pick(words)),
  (text, chance, { words }) => {
    const at = chance.below(text.length + 1);
    return over(text, [at, at], chance.pick(words));
  },
  (text, chance) => over(text, run(text, /\d+/, chance), chance.pick(NUMBERS)),
  (text, chance) => over(text, run(text, /[\w./@-]+/, chance), chance.pick(NAMES)),
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return over(text, [at, at], chance.pick(OCTETS));
  },
  (text, chance) => {
    const at = chance.below(text.length + 1);
    return over(text, [at, at + 1], String.fromCharCode(chance.below(256)));
  },
  (text, chance) => {
    const [start, end] = stretch(text, chance);
    const [open = '', close = ''] = chance.pick(BRACKETS);
    const depth = 1 + chance.below(chance.next() < 0.8 ? 3 : 200);
    return over(text, [start, end], open.repeat(depth) + text.slice(start, end) + close.repeat(depth));
  },
  // Lines: their ends, their order, those of another conversation.
  (text, chance) => text.replaceAll('\r\n', chance.pick(['\n', '\r', '\r\r\n', '\n\r', ' '])),
  (text, chance) => {
    const ended = run(text, /\r\n/, chance);
    return over(text, ended, chance.pick(['\n', '\r', '', '\r\n\r\n', '\r\n ', '\0\r\n']));
  },
  (text, chance) => {
    const all = lines(text);
    const one = chance.below(all.length);
    const other = chance.below(all.length);
    [all[one], all[other]] = [all[other]!, all[one]!];
    return all.join('');
  },
  (text, chance, { seeds }) => {
    const mine = lines(text);
    const theirs = lines(chance.pick(seeds));
    const from = chance.below(theirs.length);
    mine.splice(chance.below(mine.length + 1), chance.below(2), ...theirs.slice(from, from + 1 + chance.below(4)));
    return mine.join('');
  },
  (text, chance, { seeds }) => {
    const other = chance.pick(seeds);
    return text.slice(0, chance.below(text.length + 1)) + other.slice(chance.below(other.length + 1));
  },
];

/** One input for a wire. */
export function mutated(wire: Pick<Wire, 'seeds' | 'words'>, chance: Chance): Buffer {
  let text =
    chance.next() < 0.15
      ? Array.from({ length: 1 + chance.below(20) }, () => chance.pick(wire.words)).join('')
      : chance.pick(wire.seeds);
  for (let left = chance.below(6); left >= 0; left--) {
    text = chance.pick(CHANGES)(text, chance, wire).slice(0, LONGEST);
  }
  return Buffer.from(text, 'latin1');
}
