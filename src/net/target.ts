/** The one place where a URL becomes what clients act upon: decoded once, checked once (trust.md section 1, class 3). */
import type { Scheme, Target } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import { Secret } from '../kit/secret.ts';
import { suggest } from '../kit/suggest.ts';
import { isLoopbackHost, parseHostPort, parseInstanceName } from './target-host.ts';
import { decodePath, decodeQuery, percentDecode } from './target-text.ts';

export type Schemes = Readonly<Record<string, Scheme & { readonly protocol: string }>>;

/** Where the URL was written. Other users of this machine can read `argv`. */
export interface TargetSource {
  readonly from: 'argv' | 'env' | 'config';
}

const LONGEST = 8192;

/**
 * `scheme[+starttls][+unix]://[user[:password]@]host[:port][/path][?query]`; `pop3+unix://%2Frun%2Fpop3.sock/` or
 * `pop3+unix:///run/pop3.sock` reach a Unix socket, a scheme without ports (`cs://NAME/mail/3`) an own instance.
 * Throws `CS_USAGE` for what is no such URL, `CS_INPUT` for NUL, CR, LF, `..` and broken escapes, `CS_SECRET_IN_ARGV` for
 * another machine's password in argv. No message quotes user, password or path.
 */
export function parseTarget(text: string, schemes: Schemes, how: TargetSource): Target {
  if (/[\0-\x20\x7f]/.test(text) || text.length > LONGEST) {
    throw new CsError('CS_INPUT', 'the URL is too long, or has a space, a line break or another control in it');
  }
  const { 1: written = '', 2: rest } = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/su.exec(text) ?? [];
  if (rest === undefined) throw notUrl(text, schemes);
  const { name, scheme, starttls, unix } = findScheme(written.toLowerCase(), schemes);
  if (rest.includes('#') && !scheme.opaque)
    throw new CsError('CS_USAGE', 'the URL has a fragment', { hint: 'write # as %23' });

  const asked = rest.split('#', 1)[0] ?? '';
  const [, authority = '', path = '', query = ''] = /^([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(asked) ?? [];
  const at = authority.lastIndexOf('@');
  const { user, password } = userInfo(at === -1 ? undefined : authority.slice(0, at));
  const place = unix ? socketPlace(authority.slice(at + 1), path) : hostPlace(authority.slice(at + 1), path, scheme);
  const segments = scheme.opaque ? decodedOrNone(place.path) : decodePath(place.path);
  const local = place.socket !== undefined || scheme.standard === 0 || isLoopbackHost(place.host);
  if (password?.reveal() && how.from === 'argv' && !local) throw secretInArgv();

  return {
    scheme: name,
    host: place.host,
    port: place.port,
    tls: starttls ? 'starttls-required' : scheme.tls,
    user,
    password,
    path: segments,
    query: scheme.opaque ? new Map() : decodeQuery(query),
    ...(scheme.opaque ? { resource: resourceOf(place.path, asked.includes('?') ? query : undefined) } : {}),
    ...(place.socket === undefined ? {} : { socket: place.socket }),
    shown: show(written.toLowerCase(), user, place, scheme.standard, scheme.opaque ? undefined : segments),
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly socket?: string;
}

function findScheme(written: string, schemes: Schemes) {
  const [name = '', ...suffixes] = written.split('+');
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (!scheme) {
    const near = suggest(name, Object.keys(schemes));
    const hint = near ? `did you mean ${near}://?` : `known are ${Object.keys(schemes).join(', ')}`;
    throw new CsError('CS_USAGE', `unknown scheme ${JSON.stringify(name)}`, { hint });
  }
  const wrong = suffixes.find((suffix) => suffix !== 'starttls' && suffix !== 'unix');
  if (wrong !== undefined || new Set(suffixes).size < suffixes.length) {
    throw new CsError('CS_USAGE', `unknown scheme ${JSON.stringify(written)}`, {
      hint: `write ${name}://, ${name}+starttls:// or ${name}+unix://`,
    });
  }
  const starttls = suffixes.includes('starttls');
  if (starttls && scheme.tls !== 'starttls') {
    throw new CsError('CS_USAGE', `${name} has no STARTTLS`, { hint: `write ${name}://` });
  }
  return { name, scheme, starttls, unix: suffixes.includes('unix') };
}

function userInfo(text: string | undefined): { user: string | undefined; password: Secret | undefined } {
  if (text === undefined) return { user: undefined, password: undefined };
  const at = text.indexOf(':');
  const user = percentDecode(at === -1 ? text : text.slice(0, at), 'user');
  const password = at === -1 ? undefined : new Secret(percentDecode(text.slice(at + 1), 'password'));
  return { user: user === '' ? undefined : user, password };
}

function hostPlace(text: string, path: string, scheme: Scheme): Place {
  if (scheme.standard === 0) return { host: parseInstanceName(text), port: 0, path };
  const { host, port } = parseHostPort(text);
  return { host, port: port === 0 ? scheme.standard : port, path };
}

function socketPlace(text: string, path: string): Place {
  const socket = percentDecode(text === '' ? path : text, 'socket path');
  if (!socket.startsWith('/')) throw new CsError('CS_USAGE', 'the path of the Unix socket is not absolute');
  return { host: 'localhost', port: 0, path: text === '' ? '' : path, socket };
}

/** Octets that a request line cannot carry are encoded; what is encoded already stays as it is. */
function resourceOf(path: string, query: string | undefined): string {
  const text = query === undefined ? path || '/' : `${path || '/'}?${query}`;
  return text.replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
}

/** An empty segment names no file anywhere: what cannot be decoded reaches none by mistake. */
function decodedOrNone(path: string): readonly string[] {
  try {
    return decodePath(path);
  } catch {
    return [''];
  }
}

function show(scheme: string, user: string | undefined, place: Place, standard: number, path?: readonly string[]) {
  const named = place.host.includes(':') ? `[${place.host.replace('%', '%25')}]` : place.host;
  const host = place.socket === undefined ? named : encodeURIComponent(place.socket);
  const port = place.port === 0 || place.port === standard ? '' : `:${place.port}`;
  const who = user === undefined ? '' : `${encodeURIComponent(user).replaceAll('%40', '@')}@`;
  const resource =
    path === undefined ? resourceOf(place.path, undefined) : `/${path.map(encodeURIComponent).join('/')}`;
  return `${scheme}://${who}${host}${port}${resource}`;
}

function notUrl(text: string, schemes: Schemes): CsError {
  const [first = 'smtp'] = Object.keys(schemes);
  const plain = /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(text);
  return new CsError('CS_USAGE', 'not a URL: it has no scheme', {
    hint: plain ? `write ${first}://${text}` : `write ${first}://HOST:PORT`,
  });
}

function secretInArgv(): CsError {
  const words = 'a password for another machine is not taken as an argument: every user of this machine can read it';
  return new CsError('CS_SECRET_IN_ARGV', words, {
    hint: 'use --password-file FILE, --password-fd N or CS_PASSWORD, or give the whole URL by the environment or cs.yaml',
  });
}
