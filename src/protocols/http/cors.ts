/** Pages of other origins (Fetch standard, section 3.3): none, unless `--allow-origin` names them. */
import { parseOrigin } from '../shared/http/authority.ts';
import type { Reply } from '../shared/http/reply.ts';
import type { HttpRequest } from '../shared/http/route.ts';

export interface Cors {
  /** The answer to a preflight, before anything else is asked. Undefined: this is none, or nobody's whom we know. */
  preflight(request: HttpRequest): Reply | undefined;
  /** The same answer, readable for the page that asked. */
  onto(request: HttpRequest, reply: Reply): Reply;
}

const EXPOSED =
  'Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Upload-Expires, Upload-Length, Upload-Offset, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
/** A list of header names, as browsers send it. */
const NAMES = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9a-z-]+)*$/i;

/** @param origins `https://app.example`; `*` lets every page read what needs no login, and change nothing */
export function corsOf(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const named = new Set(origins.map(parseOrigin));
  const anybody = origins.includes('*');
  const grant = (request: HttpRequest): Readonly<Record<string, string>> | undefined => {
    const written = request.header('origin');
    if (written === undefined) return undefined;
    const origin = parseOrigin(written);
    // Credentials only for those who are named, and never beside `*`.
    if (origin !== undefined && named.has(origin)) {
      return { 'Access-Control-Allow-Origin': written, 'Access-Control-Allow-Credentials': 'true' };
    }
    return anybody ? { 'Access-Control-Allow-Origin': '*' } : undefined;
  };
  return {
    preflight(request) {
      if (request.method !== 'OPTIONS' || request.header('access-control-request-method') === undefined) return;
      const granted = grant(request);
      if (granted === undefined) return;
      const wanted = request.header('access-control-request-headers') ?? '';
      return {
        status: 204,
        headers: {
          ...granted,
          'Access-Control-Allow-Methods': METHODS,
          ...(NAMES.test(wanted) ? { 'Access-Control-Allow-Headers': wanted } : {}),
          'Access-Control-Max-Age': '600',
          Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        },
      };
    },
    onto(request, reply) {
      const { Vary: before, ...headers } = reply.headers ?? {};
      const vary = /\borigin\b/i.test(String(before)) ? before : [before, 'Origin'].filter(Boolean).join(', ');
      const granted = grant(request);
      const exposed: Record<string, string> = granted ? { ...granted, 'Access-Control-Expose-Headers': EXPOSED } : {};
      // What was told that it is for its own origin would not be shown to a page that may read it.
      const open: Record<string, string> = granted ? { 'Cross-Origin-Resource-Policy': 'cross-origin' } : {};
      return { ...reply, headers: { ...headers, ...open, ...exposed, Vary: vary ?? 'Origin' } };
    },
  };
}
