/** The Authorization header (RFC 7617, RFC 6750). */
import { Secret } from '../../../../kit/secret.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

const OCTETS = 8192;

/** Undefined for another scheme and for what is malformed. The user's name ends at the first `:`, the password has the rest. */
export function readCredentials(header: string): Credentials | undefined {
  if (header.length > OCTETS) return undefined;
  const [, scheme = '', value = ''] = /^(basic|bearer) +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'bearer', token: new Secret(value) };
  if (scheme === '') return undefined;
  const text = utf8(Buffer.from(value, 'base64'));
  const at = text?.indexOf(':') ?? -1;
  if (text === undefined || at === -1) return undefined;
  return { kind: 'basic', user: text.slice(0, at), password: new Secret(text.slice(at + 1)) };
}

function utf8(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
