/** The cookies of a run (RFC 6265 section 5.3, 5.4), and the file that keeps them from one run to the next. */
import type { FieldLines } from '../../../contracts/exchange.ts';
import { type Cookie, hostOf, isSafeWay, parseSetCookie } from './cookie.ts';

const PER_DOMAIN = 50;
const MOST = 3000;
const HEADER = '# Netscape HTTP Cookie File';

export class CookieJar {
  /** The oldest first; their order is that of the header among paths of one length. */
  #cookies: Cookie[] = [];

  /** Takes what an answer sets. */
  take(headers: FieldLines, url: URL, now = Date.now()): void {
    for (const [name, value] of headers) {
      const cookie = name.toLowerCase() === 'set-cookie' ? parseSetCookie(value, url, now) : undefined;
      if (cookie) this.#put(cookie, url, now);
    }
  }

  /** The `Cookie` header for a request, or none. */
  fields(url: URL, now = Date.now()): FieldLines {
    const host = hostOf(url);
    const fitting = this.#cookies
      .filter((cookie) => cookie.expires === undefined || cookie.expires > now)
      .filter(({ hostOnly, domain }) => host === domain || (!hostOnly && host.endsWith(`.${domain}`)))
      .filter(({ path }) => covers(path, url.pathname))
      .filter(({ secure }) => !secure || isSafeWay(url))
      .sort((a, b) => b.path.length - a.path.length);
    if (fitting.length === 0) return [];
    return [['Cookie', fitting.map(({ name, value }) => `${name}=${value}`).join('; ')]];
  }

  /** Lines of a Netscape cookie file, as other clients keep it; what is no such line is passed over. */
  load(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const httpOnly = line.startsWith('#HttpOnly_');
      if (!httpOnly && (line.startsWith('#') || line.trim() === '')) continue;
      const [domain = '', below, path = '/', secure, until, name, value] = line.replace('#HttpOnly_', '').split('\t');
      if (value === undefined || name === undefined || !/^\d{1,12}$/.test(until ?? '')) continue;
      const cookie: Cookie = {
        name,
        value,
        domain: domain.replace(/^\./, '').toLowerCase(),
        hostOnly: below !== 'TRUE',
        path,
        secure: secure === 'TRUE',
        httpOnly,
        expires: until === '0' ? undefined : Number(until) * 1000,
      };
      this.#replace(cookie);
    }
  }

  /** Session cookies too: a run is shorter than a session. */
  save(now = Date.now()): string {
    const lines = this.#cookies
      .filter(({ expires }) => expires === undefined || expires > now)
      .map((cookie) => {
        const { domain, hostOnly, path, secure, expires, name, value, httpOnly } = cookie;
        const until = expires === undefined ? '0' : String(Math.floor(expires / 1000));
        const place = `${httpOnly ? '#HttpOnly_' : ''}${hostOnly ? '' : '.'}${domain}`;
        return [place, hostOnly ? 'FALSE' : 'TRUE', path, secure ? 'TRUE' : 'FALSE', until, name, value].join('\t');
      });
    return `${[HEADER, '', ...lines].join('\n')}\n`;
  }

  #put(cookie: Cookie, url: URL, now: number): void {
    const same = this.#find(cookie);
    // What came over TLS is not overwritten by whoever can write into clear text.
    if (same?.secure && !isSafeWay(url)) return;
    if (cookie.expires !== undefined && cookie.expires <= now) {
      this.#cookies = this.#cookies.filter((one) => one !== same);
      return;
    }
    this.#replace(cookie);
    const sameDomain = this.#cookies.filter(({ domain }) => domain === cookie.domain);
    const [oldest] = sameDomain.length > PER_DOMAIN ? sameDomain : this.#cookies.length > MOST ? this.#cookies : [];
    if (oldest) this.#cookies = this.#cookies.filter((one) => one !== oldest);
  }

  #find({ name, domain, path }: Cookie): Cookie | undefined {
    return this.#cookies.find((one) => one.name === name && one.domain === domain && one.path === path);
  }

  #replace(cookie: Cookie): void {
    const same = this.#find(cookie);
    if (same) this.#cookies[this.#cookies.indexOf(same)] = cookie;
    else this.#cookies.push(cookie);
  }
}

/** RFC 6265 section 5.1.4. */
function covers(path: string, asked: string): boolean {
  if (asked === path) return true;
  return asked.startsWith(path) && (path.endsWith('/') || asked[path.length] === '/');
}
