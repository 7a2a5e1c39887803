/**
 * ENVELOPE and BODYSTRUCTURE for a client that has not said that it reads UTF-8 (RFC 6855 section 7): what a message says in
 * octets beyond ASCII is told as RFC 6858 section 2 and RFC 6857 section 3 have it. The message itself stays as it is.
 */
import { domainToASCII } from 'node:url';
import { decodeWords, encodeWords, rawText } from '../../../kit/mime/encoded-words.ts';
import type { Value } from '../syntax/cursor.ts';
import { inlineString } from '../syntax/write.ts';
import { bodyOf, formatPart, readValue, type StructureStyle } from './structure.ts';

const WIDE = /[\x80-\xff]/;
/** Nobody's, for ever (RFC 6858 section 2.1). */
const NOBODY = ['invalid', 'internationalized-address.invalid'] as const;

export function asciiEnvelope(envelope: string): string {
  return WIDE.test(envelope) ? written(readValue(envelope) as readonly Value[]) : envelope;
}

export function asciiStructure(structure: string): string {
  return WIDE.test(structure) ? formatPart(readValue(structure) as readonly Value[], ASCII) : structure;
}

export function asciiBody(structure: string): string {
  return WIDE.test(structure) ? formatPart(readValue(structure) as readonly Value[], ASCII_BODY) : bodyOf(structure);
}

const ASCII: StructureStyle = {
  extension: true,
  text: (value) => inlineString(value === null ? null : worded(value)),
  plain: (value) => inlineString(value === null ? null : blanked(value)),
  parameter: (name, value) => {
    const plain = blanked(name);
    if (!WIDE.test(value)) return `${inlineString(plain)} ${inlineString(value)}`;
    return `${inlineString(`${plain}*`)} ${inlineString(`utf-8''${percent(rawText(value))}`)}`;
  },
  envelope: (value) => written(value as readonly Value[]),
};
const ASCII_BODY: StructureStyle = { ...ASCII, extension: false };

/** What programs compare has no other form. */
function blanked(value: string): string {
  return value.replace(/[\x80-\xff]/g, '?');
}

/** RFC 2231 section 7: attribute characters stay. */
function percent(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Date, subject, six lists of addresses, In-Reply-To, Message-ID (RFC 9051 section 7.5.2). */
function written([date = null, subject = null, ...rest]: readonly Value[]): string {
  const fields = rest.map((value) =>
    Array.isArray(value) ? `(${value.map(address).join('')})` : orNothing(value as string | null),
  );
  const shown = subject === null ? null : worded(subject as string);
  return `(${[orNothing(date as string | null), inlineString(shown), ...fields].join(' ')})`;
}

/** A field that cannot be told is left out (RFC 6858 section 2.4). */
function orNothing(value: string | null): string {
  return inlineString(value !== null && WIDE.test(value) ? null : value);
}

function worded(value: string): string {
  return WIDE.test(value) ? encodeWords(decodeWords(value)) : value;
}

function address(value: Value): string {
  const [name = null, route = null, mailbox = null, host = null] = value as readonly (string | null)[];
  const parts = (...words: readonly (string | null)[]): string =>
    `(${words.map((word) => inlineString(word)).join(' ')})`;
  const shown = name === null ? null : worded(name);
  const way = route !== null && WIDE.test(route) ? null : route;
  // Without a host it is the name of a group: a phrase, like the name of a person.
  if (host === null) return parts(shown, way, mailbox === null ? null : worded(mailbox), host);
  const domain = WIDE.test(host) ? domainToASCII(rawText(host)) : host;
  if (domain !== '' || host === '') {
    if (mailbox === null || !WIDE.test(mailbox)) return parts(shown, way, mailbox, domain);
  }
  const spelled = `${rawText(mailbox ?? '')}@${rawText(host)}`;
  const told = name === null ? spelled : `${decodeWords(name)} <${spelled}>`;
  return parts(encodeWords(told), null, ...NOBODY);
}
