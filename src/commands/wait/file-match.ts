import type { Fact } from '../../contracts/journal.ts';
import { escapeLine } from '../../kit/escape.ts';
import { nameGlob } from '../../kit/glob.ts';
import { showSize } from '../../kit/units.ts';
import { parsePattern } from '../../waiting/pattern.ts';
import type { Awaited } from '../../waiting/waiting.ts';
import { pathPattern } from './path-pattern.ts';

export interface FileWish {
  readonly name: string | undefined;
  readonly path: string | undefined;
  readonly minSize: number | undefined;
  readonly by: string | undefined;
}

/** Where a client of ours uploads to until all of it is there; then it is stored under its name. */
const UNDER_WAY = /\.cs-[0-9a-f]{12}\.part$/;

/** Throws `CS_USAGE`. */
export function awaitedFile(wish: FileWish): Awaited {
  const name = wish.name === undefined ? undefined : nameGlob(wish.name);
  const path = wish.path === undefined ? undefined : pathPattern(wish.path);
  const by = wish.by === undefined ? undefined : parsePattern(wish.by);
  const why = (fact: Fact): string | undefined => {
    const whole = String(fact.path);
    const size = Number(fact.size);
    if (name && !name.matches(whole.split('/').at(-1) ?? '')) return `name did not match ${JSON.stringify(wish.name)}`;
    if (path && !path.test(whole)) return `path did not match ${path.shown}`;
    if (by && !by.test(String(fact.user ?? ''))) return `it was stored by ${JSON.stringify(fact.user ?? '')}`;
    if (wish.minSize !== undefined && size < wish.minSize) return `it has ${size} octets`;
    return undefined;
  };
  return {
    event: 'file.stored',
    noun: 'file',
    ignores: ({ path }) => UNDER_WAY.test(String(path)),
    line: fileLine,
    judge(fact) {
      const missed = why(fact);
      return missed === undefined
        ? { matches: true, extracted: undefined }
        : { matches: false, why: escapeLine(missed, 400) };
    },
  };
}

/** `/in/a.csv (1.2 KiB)`. */
export function fileLine({ path, size }: Fact): string {
  return `${escapeLine(String(path), 400)} (${showSize(Number(size))})`;
}
