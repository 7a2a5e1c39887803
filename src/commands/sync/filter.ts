import { type PathGlob, pathGlob } from '../../kit/path-glob.ts';

/** What a mirror is about. What is left out is neither copied nor removed. */
export interface Filter {
  takes(path: readonly string[], kind: 'file' | 'directory'): boolean;
}

interface Rule {
  readonly glob: PathGlob;
  /** Written with a slash at its end. */
  readonly directories: boolean;
}

/** `*.tmp` a name at any depth, `/build` and `docs/*.md` paths from the top, `cache/` only directories. Throws `CS_USAGE`. */
export function createFilter(exclude: readonly string[], include: readonly string[]): Filter {
  const out = exclude.map(rule);
  const wanted = include.map(rule);
  return {
    takes(path, kind) {
      if (wanted.some((one) => hits(one, path, kind))) return true;
      // Directories are entered to find the files that are wanted.
      if (out.length === 0) return wanted.length === 0 || kind === 'directory';
      return !out.some((one) => hits(one, path, kind));
    },
  };
}

function rule(written: string): Rule {
  const directories = written.length > 1 && written.endsWith('/');
  const text = directories ? written.slice(0, -1) : written;
  const anchored = text.includes('/');
  const parts = text.split('/').filter((part) => part !== '');
  return { glob: pathGlob(anchored ? parts : ['**', ...parts], { dots: true }), directories };
}

function hits({ glob, directories }: Rule, path: readonly string[], kind: 'file' | 'directory'): boolean {
  return (!directories || kind === 'directory') && glob.matches(path);
}
