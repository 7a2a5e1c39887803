/**
 * Who may do what with which files, as a text file (docs/guide/file-rights.md): one rule a line, `#` begins a remark.
 *
 *     group staff ann bob
 *     ann      /             all
 *     @staff   /projects     list read write
 *     *        /pub          list read
 *     -        /drop         write
 */
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, ROOT, resolvePath } from '../../../kit/file-path.ts';

export const RIGHTS = ['list', 'read', 'write', 'remove'] as const;
export type Right = (typeof RIGHTS)[number];

export interface Rule {
  /** An account; `*` everybody who logged in; `-` nobody has; `@group` in the file stands for its members here. */
  readonly who: ReadonlySet<string>;
  readonly path: FilePath;
  readonly rights: ReadonlySet<Right>;
}

const LINES = 10_000;

/** Throws `CS_CONFIG` with the line that is wrong. */
export function parseRights(text: string): readonly Rule[] {
  const groups = new Map<string, ReadonlySet<string>>();
  const rules: Rule[] = [];
  const lines = text.split(/\r?\n/);
  if (lines.length > LINES) throw new CsError('CS_CONFIG', `more than ${LINES} lines of rights`);
  for (const [index, line] of lines.entries()) {
    const words = split(line.replace(/(?:^|\s)#.*$/s, ''));
    if (words.length === 0) continue;
    try {
      if (words[0] === 'group') groups.set(words[1] ?? '', members(words.slice(1)));
      else rules.push(rule(words, groups));
    } catch (error) {
      throw new CsError('CS_CONFIG', `rights, line ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  }
  return rules;
}

/** Words between spaces; quotation marks hold one with spaces together. */
function split(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function members([name, ...users]: readonly string[]): ReadonlySet<string> {
  if (name === undefined || !/^[\w.-]+$/.test(name) || users.length === 0) {
    throw new CsError('CS_CONFIG', 'write group NAME USER...');
  }
  return new Set(users);
}

function rule(
  [who = '', path = '', ...words]: readonly string[],
  groups: ReadonlyMap<string, ReadonlySet<string>>,
): Rule {
  if (!path.startsWith('/') || words.length === 0) {
    throw new CsError('CS_CONFIG', 'write USER /PATH RIGHT...');
  }
  const group = who.startsWith('@') ? groups.get(who.slice(1)) : new Set([who]);
  if (!group) throw new CsError('CS_CONFIG', `no group ${who} above this line`);
  return { who: group, path: resolvePath(ROOT, path), rights: rightsOf(words) };
}

function rightsOf(words: readonly string[]): ReadonlySet<Right> {
  if (words.length === 1 && words[0] === 'all') return new Set(RIGHTS);
  if (words.length === 1 && words[0] === 'none') return new Set();
  for (const word of words) {
    if (!RIGHTS.includes(word as Right)) {
      throw new CsError('CS_CONFIG', `no such right: ${JSON.stringify(word)} (${RIGHTS.join(' ')}, or all, or none)`);
    }
  }
  return new Set(words as Right[]);
}
