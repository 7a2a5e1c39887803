import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { CsError } from '../kit/errors.ts';
import { isLoopback } from './address.ts';
import { percentDecode } from './target-text.ts';

/** Letters, digits, `-` and `_` (RFC 1123 section 2.1; `_` is common in container names). */
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/;
const INSTANCE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** Host and port as written: `[::1]:25`, `mail.example`. Port 0: none was given. Throws `CS_USAGE`. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain = '', port] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? [];
  if (bracketed === undefined && plain === '') throw notHost(text);
  return { host: bracketed === undefined ? hostName(plain) : ipv6(bracketed), port: parsePort(port) };
}

/** The name of an own instance, in place of a host. Empty: whichever runs. */
export function parseInstanceName(text: string): string {
  if (text !== '' && (!INSTANCE.test(text) || text.includes('..'))) {
    throw new CsError('CS_USAGE', `not an instance name: ${JSON.stringify(text)}`, {
      hint: 'letters, digits, dot, dash and underscore; at most 64',
    });
  }
  return text;
}

/** Bytes to this host stay on this machine: `localhost`, names below it (RFC 6761 section 6.3) and loopback addresses. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(host);
}

function hostName(text: string): string {
  const decoded = percentDecode(text, 'host');
  const ascii = /^[\x21-\x7e]+$/.test(decoded) ? decoded.toLowerCase() : domainToASCII(decoded);
  if (!NAME.test(ascii)) throw notHost(text);
  // `127.1`, `0x7f.1` and `2130706433` are addresses to some resolvers: what is numeric must be an address as everybody writes it.
  const last = ascii.replace(/\.$/, '').split('.').at(-1) ?? '';
  if (/^(\d+|0x[0-9a-f]*)$/.test(last) && !isIPv4(ascii)) throw notHost(text);
  return ascii;
}

/** The zone of a link-local address stands after `%25` (RFC 6874); a bare `%` is taken too. */
function ipv6(text: string): string {
  const [address = '', zone, more] = text.replace('%25', '%').split('%');
  const fine = isIPv6(address) && more === undefined && (zone === undefined || /^[A-Za-z0-9_.-]{1,32}$/.test(zone));
  if (!fine) throw notHost(text);
  return zone === undefined ? address.toLowerCase() : `${address.toLowerCase()}%${zone}`;
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new CsError('CS_USAGE', 'the port is not a number from 1 to 65535');
  return port;
}

function notHost(text: string): CsError {
  // Where a password has an unescaped slash, what looks like the host is part of it.
  const shown = /^[A-Za-z0-9_.[\]:%-]{1,253}$/.test(text) ? `: ${JSON.stringify(text)}` : '';
  return new CsError('CS_USAGE', `not a host name or address${shown}`, {
    hint: 'write mail.example, 192.0.2.7 or [2001:db8::7]; in user and password write / as %2F and : as %3A',
  });
}
