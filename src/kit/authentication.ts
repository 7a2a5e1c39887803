/** What a message can prove about where it comes from: SPF, DKIM, DMARC and ARC together, and as a header field (RFC 8601). */
import { type ArcVerdict, arcVerify } from './arc/verify.ts';
import { SignedMessage } from './dkim/signed-message.ts';
import { type DkimResult, dkimVerify } from './dkim/verify.ts';
import { checkDmarc, type DmarcVerdict } from './dmarc.ts';
import type { MailNames } from './mail-names.ts';
import { addressList } from './mime/addresses.ts';
import { checkSpf, type SpfQuestion, type SpfVerdict } from './spf/check.ts';

export interface Arrival {
  /** With CRLF line ends. */
  readonly octets: Buffer;
  /** Who delivered it; undefined: nobody knows any more, and SPF has nothing to ask. */
  readonly client: SpfQuestion | undefined;
}

export interface Authentication {
  /** Only where the client is known. */
  readonly spf?: SpfVerdict;
  /** From the top down; empty: not signed. */
  readonly dkim: readonly DkimResult[];
  readonly dmarc: DmarcVerdict;
  readonly arc: ArcVerdict;
}

/** Never throws for what the message or a name server says. @param now for the times in signatures */
export async function authenticate(
  { octets, client }: Arrival,
  names: MailNames,
  now = new Date(),
): Promise<Authentication> {
  const message = new SignedMessage(octets);
  const [spf, dkim, arc] = await Promise.all([
    client && checkSpf(client, names),
    dkimVerify(message, names, now),
    arcVerify(message, names, now),
  ]);
  const signers = dkim
    // A domain that only tries signing out wants its mail to be treated as unsigned (RFC 6376 section 3.6.1).
    .filter(({ result, testing }) => result === 'pass' && testing !== true)
    .map(({ domain }) => domain ?? '');
  const passed = { dkim: signers, spf: spf?.result === 'pass' ? spf.domain : undefined };
  const dmarc = await checkDmarc(authorDomains(message), passed, names);
  return { ...(spf ? { spf } : {}), dkim, dmarc, arc };
}

/** Of every From there is: a second one is somebody's trick. An author without a domain is ''. */
function authorDomains(message: SignedMessage): string[] {
  return message
    .named('from')
    .flatMap(({ raw }) => addressList(raw.slice(raw.indexOf(':') + 1)))
    .map(({ host }) => host ?? '');
}

/** @param server the name under which these results are vouched for; the field without its CRLF, folded */
export function authenticationResults({ spf, dkim, dmarc, arc }: Authentication, server: string): string {
  const results = [
    ...(spf ? [`spf=${spf.result}${property(`smtp.${spf.of}`, spf.domain)}`] : []),
    ...(dkim.length === 0 ? ['dkim=none'] : dkim.map(dkimWords)),
    `dmarc=${dmarc.result}${property('header.from', dmarc.domain)}`,
    `arc=${arc.result}${reasonOf(arc.reason)}${property('header.oldest-pass', arc.oldestPass?.toString())}`,
  ];
  return `Authentication-Results: ${[word(server), ...results].join(';\r\n\t')}`;
}

function dkimWords({ result, reason, domain, selector, algorithm, proof }: DkimResult): string {
  const properties = [
    property('header.d', domain),
    property('header.s', selector),
    property('header.a', algorithm),
    property('header.b', proof),
  ];
  return `dkim=${result}${reasonOf(reason)}${properties.join('')}`;
}

function reasonOf(reason: string | undefined): string {
  return reason === undefined ? '' : ` reason=${quoted(reason)}`;
}

function property(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : ` ${name}=${word(value)}`;
}

function word(text: string): string {
  return /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+$/.test(text) ? text : quoted(text);
}

/** What strangers wrote cannot end the string or the field. */
function quoted(text: string): string {
  return `"${text.replace(/[^ -~]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
