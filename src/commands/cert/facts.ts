/** A certificate as `cs cert` shows it. */
import type { X509Certificate } from 'node:crypto';
import type { Json } from '../../contracts/journal.ts';
import { escapeLine } from '../../kit/escape.ts';
import { pinOf } from '../../net/tls-trust.ts';
import type { Paint } from '../../ui/ui.ts';

export interface CertificateFacts {
  readonly [key: string]: Json;
  readonly file: string;
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly not_before: string;
  readonly not_after: string;
  readonly days_left: number;
  readonly authority: boolean;
  readonly fingerprint_sha256: string;
  readonly pin: string;
}

const DAY = 86_400_000;

export function factsOf(file: string, certificate: X509Certificate): CertificateFacts {
  const end = Date.parse(certificate.validTo);
  return {
    file,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName ?? ''),
    not_before: new Date(certificate.validFrom).toISOString(),
    not_after: new Date(end).toISOString(),
    days_left: Math.floor((end - Date.now()) / DAY),
    authority: certificate.ca,
    fingerprint_sha256: certificate.fingerprint256,
    pin: pinOf(certificate),
  };
}

/** `DNS:localhost, IP Address:127.0.0.1` → the names alone. */
function namesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

export function shown(facts: CertificateFacts, paint: Paint): string {
  const left = facts.days_left < 0 ? paint.red('expired') : `${facts.days_left} days left`;
  const lines = [
    paint.bold(escapeLine(facts.file)),
    `  subject      ${escapeLine(facts.subject)}${facts.authority ? '  (authority)' : ''}`,
    ...(facts.issuer === facts.subject ? [] : [`  issuer       ${escapeLine(facts.issuer)}`]),
    ...(facts.names.length === 0 ? [] : [`  for          ${escapeLine(facts.names.join(', '))}`]),
    `  valid until  ${facts.not_after.slice(0, 10)}  (${left})`,
    `  fingerprint  ${facts.fingerprint_sha256}`,
    `  pin          ${facts.pin}`,
  ];
  return lines.join('\n');
}
