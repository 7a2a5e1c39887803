import type { FileDraft } from '../../../contracts/file-draft.ts';
import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import { gated, type Verb } from './gated.ts';
import type { FileWrap } from './house.ts';
import { over } from './over.ts';
import { RIGHTS, type Right, type Rule } from './rights-file.ts';

/** What a call needs. To look at something is enough to be allowed to list or to read it. */
const NEEDED: Readonly<Record<Exclude<Verb, 'look'>, Right>> = {
  list: 'list',
  read: 'read',
  write: 'write',
  makeDir: 'write',
  rename: 'write',
  setAttributes: 'write',
  remove: 'remove',
};

/** @param rules asked for at each call, so that a file that was read again holds at once */
export function rights(rules: () => readonly Rule[]): FileWrap {
  return (tree, { user }) => {
    const mine = new Set<string>();
    const may = (path: FilePath) => allowed(rules(), user, path);
    const check = (verb: Verb, path: FilePath): void => {
      const own = may(path);
      const needed = NEEDED[verb === 'look' ? 'list' : verb];
      // It is told by the rules alone, whether there is anything of that name or not.
      const login = user === '' && !own.has(needed) && somebodyMay(rules(), needed, path);
      if (verb === 'look' || verb === 'list') {
        // A place to drop things is known to be there, or no client would enter it; in it, what this session has dropped.
        const seen = own.has('read') || isRuled(rules(), user, path) || (own.has('write') && mine.has(showPath(path)));
        if (own.has('list') || (verb === 'look' && seen) || leadsOn(rules(), user, path)) return;
        if (login) throw new CsError('CS_AUTH_REQUIRED', 'log in first');
        throw new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
      }
      if (own.has(needed)) return;
      if (login) throw new CsError('CS_AUTH_REQUIRED', 'log in first');
      // Who may not even see it does not learn that it is there.
      const seen = verb !== 'read' || own.has('list');
      throw seen
        ? new CsError('CS_DENIED', `${showPath(path)}: no right to do this`)
        : new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
    };
    return withoutMoves(noting(gated(tree, check), mine), rules, user);
  };
}

/** Names that a session is known by: more than a client asks about behind its upload. */
const MINE = 1000;

/** Adds to `mine` what is put there, under the names that it gets. */
function noting(tree: FileTree, mine: Set<string>): FileTree {
  const { write, rename } = tree;
  const note = (path: FilePath): void => {
    mine.add(showPath(path));
    if (mine.size > MINE) for (const oldest of mine) return void mine.delete(oldest);
  };
  return over(tree, {
    write:
      write &&
      (async (path, order, signal) => {
        const draft = await write.call(tree, path, order, signal);
        const commit: FileDraft['commit'] = async (attributes) => {
          const facts = await draft.commit(attributes);
          note(path);
          return facts;
        };
        return {
          get length() {
            return draft.length;
          },
          write: (chunk) => draft.write(chunk),
          commit,
          abort: (how) => draft.abort(how),
        };
      }),
    rename:
      rename &&
      (async (from, to, how, signal) => {
        await rename.call(tree, from, to, how, signal);
        if (mine.delete(showPath(from))) note(to);
      }),
  });
}

/** With a directory everything in it would get the rights of another place, so one with rules of its own stays. */
function withoutMoves(tree: FileTree, rules: () => readonly Rule[], user: string): FileTree {
  const { rename } = tree;
  return over(tree, {
    rename:
      rename &&
      (async (from, to, how, signal) => {
        const ruled = rules().some(
          ({ who, path }) => concerns(who, user) && [from, to].some((one) => below(path, one)),
        );
        if (ruled) throw new CsError('CS_DENIED', `${showPath(from)}: rights are written for what is in it`);
        return rename.call(tree, from, to, how, signal);
      }),
  });
}

/**
 * The rule of the longest path decides, of several for one path the last. A name that only looks like that of a rule (other
 * case, other Unicode form) is under it too, but gains nothing by it.
 */
export function allowed(rules: readonly Rule[], user: string, path: FilePath): ReadonlySet<Right> {
  const exact = decisive(rules, user, path, (name) => name);
  const alike = decisive(rules, user, path.map(folded) as unknown as FilePath, folded);
  return new Set(RIGHTS.filter((right) => exact?.rights.has(right) && alike?.rights.has(right)));
}

function decisive(
  rules: readonly Rule[],
  user: string,
  path: FilePath,
  form: (name: string) => string,
): Rule | undefined {
  let best: Rule | undefined;
  for (const rule of rules) {
    if (!concerns(rule.who, user) || rule.path.length > path.length) continue;
    if (best && rule.path.length < best.path.length) continue;
    if (rule.path.every((name, depth) => form(name) === path[depth])) best = rule;
  }
  return best;
}

function concerns(who: ReadonlySet<string>, user: string): boolean {
  return user === '' ? who.has('-') : who.has(user) || who.has('*');
}

/** Whether a login could help somebody who has not logged in. */
function somebodyMay(rules: readonly Rule[], right: Right, path: FilePath): boolean {
  const names = new Set(rules.flatMap(({ who }) => [...who]).filter((name) => name !== '-'));
  return [...names].some((name) => allowed(rules, name, path).has(right));
}

/** Whether a rule that gives something is written for this very path. */
function isRuled(rules: readonly Rule[], user: string, path: FilePath): boolean {
  const own = showPath(path);
  return (
    allowed(rules, user, path).size > 0 && rules.some((one) => concerns(one.who, user) && showPath(one.path) === own)
  );
}

/** Whether something further down may be seen. */
function leadsOn(rules: readonly Rule[], user: string, path: FilePath): boolean {
  return rules.some((rule) => concerns(rule.who, user) && rule.rights.size > 0 && below(rule.path, path));
}

function below(path: FilePath, above: FilePath): boolean {
  return path.length > above.length && above.every((name, depth) => path[depth] === name);
}

/** Full width, compatibility forms, case: what people and some file systems take for the same. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFC');
}
