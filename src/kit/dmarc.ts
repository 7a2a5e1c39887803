/**
 * DMARC (RFC 7489): does anything that passed speak for the domain in From, and what would its owner have done if not?
 * The organisational domain is the last two labels; no public suffix list is kept, so `example.co.uk` falls under `co.uk`
 * and relaxed alignment there is wider than it should be. What is decided here is shown, never enforced.
 */
import { parseTags } from './dkim/tags.ts';
import { isNoName, type TextNames } from './mail-names.ts';

export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

export interface DmarcRecord {
  readonly policy: DmarcPolicy;
  readonly subdomains: DmarcPolicy;
  readonly strictDkim: boolean;
  readonly strictSpf: boolean;
  /** Of failing mail, the part that the policy is for. */
  readonly percent: number;
}

/** What passed, by domain. */
export interface Authenticated {
  readonly dkim: readonly string[];
  readonly spf: string | undefined;
}

export interface DmarcVerdict {
  readonly result: 'pass' | 'fail' | 'none' | 'temperror' | 'permerror';
  /** Of From. */
  readonly domain?: string;
  /** What the owner asks for; only with `pass` and `fail`. */
  readonly policy?: DmarcPolicy;
  readonly percent?: number;
  /** By what it passed. */
  readonly aligned?: readonly ('dkim' | 'spf')[];
}

export function organisationalDomain(domain: string): string {
  return domain.split('.').slice(-2).join('.');
}

/** Undefined: no DMARC record, or one that says nothing (section 6.6.3). */
export function parseDmarc(text: string): DmarcRecord | undefined {
  if (!/^v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text)) return undefined;
  const tags = parseTags(text);
  if (!tags) return undefined;
  const wished = policyOf(tags.get('p'));
  const asked = policyOf(tags.get('sp'));
  const wrong = wished === undefined || (tags.has('sp') && asked === undefined);
  // A mistake, but reports are wanted: then the policy is none.
  if (wrong && !/mailto:/i.test(tags.get('rua') ?? '')) return undefined;
  const policy = wrong ? 'none' : wished;
  const percent = /^(?:\d{1,2}|100)$/.test(tags.get('pct') ?? '') ? Number(tags.get('pct')) : 100;
  return {
    policy,
    subdomains: wrong ? 'none' : (asked ?? policy),
    strictDkim: tags.get('adkim')?.toLowerCase() === 's',
    strictSpf: tags.get('aspf')?.toLowerCase() === 's',
    percent,
  };
}

function policyOf(text: string | undefined): DmarcPolicy | undefined {
  const word = text?.toLowerCase();
  return word === 'none' || word === 'quarantine' || word === 'reject' ? word : undefined;
}

/** @param authors the domains in From; more or less than one says nothing that could be checked (section 6.6.1) */
export async function checkDmarc(
  authors: readonly string[],
  passed: Authenticated,
  names: TextNames,
): Promise<DmarcVerdict> {
  const [domain = '', ...others] = new Set(authors.map((author) => author.toLowerCase().replace(/\.$/, '')));
  if (others.length > 0 || domain === '') return { result: 'permerror' };
  const organisation = organisationalDomain(domain);
  let record: DmarcRecord | undefined;
  let own = true;
  try {
    record = await recordOf(domain, names);
    if (!record && organisation !== domain) {
      own = false;
      record = await recordOf(organisation, names);
    }
  } catch {
    return { result: 'temperror', domain };
  }
  if (!record) return { result: 'none', domain };
  const { strictDkim, strictSpf, percent } = record;
  const aligned: ('dkim' | 'spf')[] = [];
  if (passed.dkim.some((signer) => isAligned(signer, domain, strictDkim))) aligned.push('dkim');
  if (passed.spf !== undefined && isAligned(passed.spf, domain, strictSpf)) aligned.push('spf');
  const policy = own ? record.policy : record.subdomains;
  return { result: aligned.length > 0 ? 'pass' : 'fail', domain, policy, percent, aligned };
}

function isAligned(name: string, domain: string, strict: boolean): boolean {
  const bare = name.toLowerCase().replace(/\.$/, '');
  return strict ? bare === domain : organisationalDomain(bare) === organisationalDomain(domain);
}

/** Several are none. */
async function recordOf(domain: string, names: TextNames): Promise<DmarcRecord | undefined> {
  try {
    const records = (await names.txt(`_dmarc.${domain}`)).map(parseDmarc).filter((record) => record !== undefined);
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (isNoName(error)) return undefined;
    throw error;
  }
}
