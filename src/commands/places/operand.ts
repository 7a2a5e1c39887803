/** What a word of the command line names: stdin or stdout, a local path, or a URL; with patterns in its last parts or not. */
import { asCsError, CsError } from '../../kit/errors.ts';
import { type FilePath, filePath } from '../../kit/file-path.ts';
import { isPattern } from '../../kit/glob.ts';
import { percentDecode } from '../../net/target-text.ts';

export interface Operand {
  readonly kind: 'stdio' | 'local' | 'url';
  /** The path or URL up to the first part with a pattern; all of it where there is none. */
  readonly base: string;
  /** The parts from there on: as patterns, and as the names they are if there is such a thing. */
  readonly patterns: readonly string[];
  readonly literals: readonly string[];
  /** Written with a slash at its end: only a directory is meant. */
  readonly slash: boolean;
  /** As it was written. */
  readonly text: string;
}

const URL = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/su;

export function parseOperand(text: string): Operand {
  if (text === '') throw new CsError('CS_USAGE', 'an empty name');
  if (text === '-') return { kind: 'stdio', base: '-', patterns: [], literals: [], slash: false, text };
  const [, scheme, authority = '', rest = ''] = URL.exec(text) ?? [];
  return scheme === undefined ? localOperand(text) : urlOperand(text, `${scheme}://${authority}`, rest);
}

/** The path of these names; a refusal says which operand has them. */
export function pathIn({ text }: Operand, names: readonly string[]): FilePath {
  try {
    return filePath(names);
  } catch (error) {
    const { code, message } = asCsError(error);
    throw new CsError(code, `${JSON.stringify(text)}: ${message}`);
  }
}

/** The scheme without what is joined to it (`+unix`, `+starttls`), in lower case; undefined for what is no URL. */
export function operandScheme(text: string): string | undefined {
  const [, scheme] = URL.exec(text) ?? [];
  return scheme?.toLowerCase().split('+')[0];
}

function localOperand(text: string): Operand {
  const parts = (process.platform === 'win32' ? text.replaceAll('\\', '/') : text).split('/');
  const slash = parts.length > 1 && parts.at(-1) === '';
  if (slash) parts.pop();
  const first = parts.findIndex(isPattern);
  if (first === -1) return { kind: 'local', base: text, patterns: [], literals: [], slash, text };
  const tail = parts.slice(first);
  const base = parts.slice(0, first).join('/');
  return { kind: 'local', base: base || (first > 0 ? '/' : '.'), patterns: tail, literals: tail, slash, text };
}

function urlOperand(text: string, front: string, rest: string): Operand {
  const web = /^https?(?:\+|:)/i.test(front);
  const query = web ? rest.indexOf('?') : -1;
  const path = query === -1 ? rest : rest.slice(0, query);
  const parts = path.split('/').slice(1);
  const slash = parts.at(-1) === '';
  if (slash) parts.pop();
  const first = query === -1 ? parts.findIndex(isPattern) : -1;
  if (first === -1) return { kind: 'url', base: text, patterns: [], literals: [], slash, text };
  const tail = parts.slice(first);
  return {
    kind: 'url',
    base: `${front}/${parts.slice(0, first).join('/')}`,
    // What is written as an escape (%2A) is that sign and no pattern.
    patterns: tail.map((part) => percentDecode(part.replace(/%(?:2a|3f|5b|5c|5d)/gi, '\\$&'), 'path')),
    literals: tail.map((part) => percentDecode(part, 'path')),
    slash,
    text,
  };
}
