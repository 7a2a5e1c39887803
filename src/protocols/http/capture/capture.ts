/** `--capture PATH[=STATUS]`: any request there is answered at once, and kept whole in the journal. */
import { CsError } from '../../../kit/errors.ts';
import { canonicalPath } from '../../shared/http/path.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { HttpRequest } from '../../shared/http/route.ts';
import { keptBody } from './kept-body.ts';

interface Place {
  readonly names: readonly string[];
  /** Everything below; or every name that begins like the last one. */
  readonly open: 'below' | 'prefix' | undefined;
  readonly status: number;
}

export interface Capture {
  /** Whether a request for this path is captured. */
  covers(path: readonly string[]): boolean;
  /** Undefined where it is not. @param most octets of its content */
  answer(request: HttpRequest, most: number): Promise<Reply> | undefined;
}

/** The first that fits is meant. Throws `CS_USAGE`. */
export function captureOf(written: readonly string[]): Capture {
  const places = written.map(readPlace);
  const find = (path: readonly string[]): Place | undefined => places.find((place) => fits(place, path));
  return {
    covers: (path) => find(path) !== undefined,
    answer(request, most) {
      const place = find(request.path);
      return place && take(request, place.status, most);
    },
  };
}

async function take(request: HttpRequest, status: number, most: number): Promise<Reply> {
  request.note({ captured: true });
  request.note(await keptBody(request.body(most)));
  return { status };
}

/** `/hook`, `/hook=503`, `/api/*` (everything below), `/hook-*` (names that begin so). */
function readPlace(written: string): Place {
  const [, path = '', digits = '200'] = /^(\/[^=]*)(?:=(\d{3}))?$/.exec(written) ?? [];
  const status = Number(digits);
  const [, plain = '', star] = /^([^*]*)(\*?)$/.exec(path) ?? [];
  if (!plain.startsWith('/') || status < 200 || status > 599) {
    throw new CsError('CS_USAGE', `--capture is PATH or PATH=STATUS: ${JSON.stringify(written)}`, {
      hint: "--capture /hook=201, --capture '/api/*'",
    });
  }
  const { path: names, directory } = canonicalPath(plain);
  return { names, open: star === '*' ? (directory ? 'below' : 'prefix') : undefined, status };
}

function fits({ names, open }: Place, path: readonly string[]): boolean {
  if (open === undefined || open === 'below') {
    const long = open === undefined ? path.length === names.length : path.length > names.length;
    return long && names.every((name, depth) => path[depth] === name);
  }
  if (path.length < names.length) return false;
  return names.every((name, depth) =>
    depth === names.length - 1 ? path[depth]?.startsWith(name) : path[depth] === name,
  );
}
