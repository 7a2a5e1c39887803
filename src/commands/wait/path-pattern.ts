import { pathGlob } from '../../kit/path-glob.ts';
import { parsePattern } from '../../waiting/pattern.ts';

/** Whether a path is meant. */
export interface PathPattern {
  readonly shown: string;
  test(path: string): boolean;
}

/** Paths begin and may end with a slash too: an expression is one that holds a sign which only those have. */
const EXPRESSION = /^\/.*[\^$|(+\\].*\/[imsu]*$/s;

/** `/hook`, `/api/*`, `/in/**\/*.csv`, or `/^\/api\/v\d+/`. Throws `CS_USAGE`. */
export function pathPattern(written: string): PathPattern {
  if (EXPRESSION.test(written)) return parsePattern(written);
  const parts = written.replace(/^\//, '').split('/');
  const glob = pathGlob(parts, { dots: true });
  return { shown: JSON.stringify(written), test: (path) => glob.matches(path.replace(/^\//, '').split('/')) };
}
