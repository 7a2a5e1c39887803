/** From a recipient's domain to the servers to try, in their order (RFC 5321 section 5). */
import { isIP } from 'node:net';
import { asCsError, CsError } from '../kit/errors.ts';
import type { MailExchange, MailNames } from '../kit/mail-names.ts';

/** One server at one address. */
export interface Hop {
  /** The name to say and to log; an address literal's own text. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/**
 * Throws `CS_PEER_REFUSED` with a reply where the domain never will take mail, `CS_NAME_NOT_RESOLVED` where nobody
 * answered for now.
 */
export type Route = (domain: string) => Promise<readonly Hop[]>;

const SMTP = 25;
/** Addresses tried for one message; RFC 5321 section 5.1 asks for two at least. */
const MOST = 10;

export interface RouteWishes {
  readonly names: MailNames;
  /** This server's own names: mail that its domain sends back to us would go round for ever. */
  readonly own: ReadonlySet<string>;
  readonly random?: () => number;
}

export function mxRoute({ names, own, random = Math.random }: RouteWishes): Route {
  return async (domain) => {
    const literal = addressLiteral(domain);
    if (literal !== undefined) return [{ host: domain, address: literal, port: SMTP }];
    const exchanges = ordered(await exchangesOf(names, domain), random);
    const before = beforeUs(exchanges, own, domain);
    const hops: Hop[] = [];
    let failure: CsError | undefined;
    for (const { exchange } of before) {
      if (hops.length >= MOST) break;
      try {
        for (const { address, port = SMTP } of await names.addresses(exchange))
          hops.push({ host: exchange, address, port });
      } catch (error) {
        failure = asCsError(error);
        // A wrong name among several is the domain's affair; one that nobody answered for may come back.
        if (failure.code === 'CS_NAME_NOT_RESOLVED') continue;
        if (failure.code !== 'CS_NOT_FOUND') throw failure;
      }
    }
    if (hops.length > 0) return hops.slice(0, MOST);
    if (failure?.code === 'CS_NAME_NOT_RESOLVED') throw failure;
    throw never(`no mail server of ${domain} has an address`, '550 5.4.4 no mail server has an address');
  };
}

/** All mail to one server, which knows the way. */
export function smarthostRoute(hop: Hop): Route {
  return async () => [hop];
}

async function exchangesOf(names: MailNames, domain: string): Promise<readonly MailExchange[]> {
  let found: readonly MailExchange[];
  try {
    found = await names.mx(domain);
  } catch (error) {
    if (asCsError(error).code !== 'CS_NOT_FOUND') throw error;
    throw never(`there is no domain ${domain}`, '550 5.1.2 no such domain');
  }
  if (found.some(({ exchange }) => exchange === '')) {
    throw never(`${domain} takes no mail`, '556 5.1.10 the domain takes no mail (RFC 7505)');
  }
  // Without MX the domain is its own server.
  return found.length === 0 ? [{ preference: 0, exchange: domain }] : found;
}

/** By preference; among equals by lot, so that they share the load. */
function ordered(exchanges: readonly MailExchange[], random: () => number): readonly MailExchange[] {
  return exchanges
    .map((one) => ({ one, lot: random() }))
    .sort((a, b) => a.one.preference - b.one.preference || a.lot - b.lot)
    .map(({ one }) => one);
}

/** Servers that are preferred to us; where we are among the best there is nobody to hand it to. */
function beforeUs(
  exchanges: readonly MailExchange[],
  own: ReadonlySet<string>,
  domain: string,
): readonly MailExchange[] {
  const us = exchanges.find(({ exchange }) => own.has(exchange));
  if (us === undefined) return exchanges;
  const before = exchanges.filter(({ preference }) => preference < us.preference);
  if (before.length > 0) return before;
  throw never(`mail for ${domain} would come back to this server`, '554 5.4.6 mail for this domain loops back to us');
}

/** `[192.0.2.7]`, `[IPv6:2001:db8::1]` (RFC 5321 section 4.1.3). */
function addressLiteral(domain: string): string | undefined {
  const [, inside] = /^\[(?:ipv6:)?([0-9a-f:.]+)\]$/i.exec(domain) ?? [];
  if (!domain.startsWith('[')) return undefined;
  if (inside !== undefined && isIP(inside) !== 0) return inside;
  throw never(`not an address: ${JSON.stringify(domain)}`, '550 5.1.2 malformed address literal');
}

function never(message: string, reply: string): CsError {
  return new CsError('CS_PEER_REFUSED', message, { reply });
}
