import { type NameGlob, nameGlob } from './glob.ts';

/** Any number of names, none included. */
const DEEP = '**';
type Step = NameGlob | typeof DEEP;

/** Where a walk stands in a pattern: the steps that may come next. */
export type GlobState = ReadonlySet<number>;

/**
 * A pattern of a path. A walk carries the state from a directory into what it holds, so that every directory is looked at
 * once however many `**` there are.
 */
export interface PathGlob {
  readonly start: GlobState;
  /** The state behind one more name. Empty: nothing below can match. */
  step(state: GlobState, name: string): GlobState;
  /** The path up to here matches. */
  accepts(state: GlobState): boolean;
  /** Something below may match. */
  goesOn(state: GlobState): boolean;
  /** The only name that can come next, where there is only one: no list is needed to find it. */
  only(state: GlobState): string | undefined;
  matches(names: readonly string[]): boolean;
}

export interface PathGlobOptions {
  /** `*` and `**` also take names that begin with a dot. A pattern that begins with one always does. */
  readonly dots: boolean;
}

/** @param parts one pattern per name; `**` stands for any number of names. Throws `CS_USAGE`. */
export function pathGlob(parts: readonly string[], { dots }: PathGlobOptions): PathGlob {
  const steps: readonly Step[] = parts.map((part) => (part === DEEP ? DEEP : nameGlob(part)));
  const opened = parts.map((part) => dots || part.startsWith('.') || part.startsWith('\\.'));
  const close = (state: Set<number>): GlobState => {
    for (const at of state) if (steps[at] === DEEP) state.add(at + 1);
    return state;
  };
  const start = close(new Set([0]));
  const shown = (name: string, at: number): boolean => opened[at] === true || !name.startsWith('.');
  const step = (state: GlobState, name: string): GlobState => {
    const next = new Set<number>();
    for (const at of state) {
      const now = steps[at];
      if (now === undefined || !shown(name, at)) continue;
      if (now === DEEP) next.add(at);
      else if (now.matches(name)) next.add(at + 1);
    }
    return close(next);
  };
  const accepts = (state: GlobState): boolean => state.has(steps.length);
  return {
    start,
    step,
    accepts,
    goesOn: (state) => [...state].some((at) => at < steps.length),
    only: (state) => {
      const [first, second] = [...state].filter((at) => at < steps.length);
      const now = first === undefined || second !== undefined ? DEEP : (steps[first] ?? DEEP);
      return now === DEEP ? undefined : now.literal;
    },
    matches: (names) => accepts(names.reduce<GlobState>((state, name) => step(state, name), start)),
  };
}
