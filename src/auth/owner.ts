import { asciiDomain } from '../kit/precis.ts';

/** Names and addresses that an account for this mail address may be kept under, the most exact first. */
export function candidates(address: string): readonly string[] {
  const at = address.lastIndexOf('@');
  if (at === -1) return address === '' ? [] : [address.normalize('NFC').toLowerCase()];
  const written = address.slice(at + 1);
  const domain = asciiDomain(written) ?? written.toLowerCase();
  const local = plainLocal(address.slice(0, at)).normalize('NFC').toLowerCase();
  const plus = local.indexOf('+');
  const whole = `${local}@${domain}`;
  return plus > 0 ? [whole, `${local.slice(0, plus)}@${domain}`] : [whole];
}

/** `"ann"` and `ann` are one local part (RFC 5321 section 4.1.2); what needs its quotes keeps them. */
function plainLocal(local: string): string {
  if (local.length < 3 || !local.startsWith('"') || !local.endsWith('"')) return local;
  const inner = local.slice(1, -1);
  return /^[^\s"\\@<>()[\]:;,.]+(?:\.[^\s"\\@<>()[\]:;,.]+)*$/.test(inner) ? inner : local;
}
