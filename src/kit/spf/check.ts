/** May this address send for this domain? `check_host()` of RFC 7208 section 4. */
import { isNoName, type MailNames } from '../mail-names.ts';
import { addressOctets, sameNetwork } from './address.ts';
import { expand, isName, type MacroFacts } from './macros.ts';
import { isSpf, type Mechanism, parseSpf, type Qualified, type SpfRecord } from './record.ts';

export type SpfResult = Qualified | 'none' | 'temperror' | 'permerror';

export interface SpfQuestion {
  /** Of the client. */
  readonly address: string;
  readonly helo: string;
  /** The path of MAIL, without brackets; '' for reports: then it is HELO that is asked about (section 2.4). */
  readonly mailFrom: string;
}

export interface SpfVerdict {
  readonly result: SpfResult;
  /** The domain that was asked about. */
  readonly domain: string;
  readonly of: 'mailfrom' | 'helo';
}

/** Terms that ask, names that are not there, exchanges of one domain (section 4.6.4). */
const MOST_LOOKUPS = 10;
const MOST_VOID = 2;
const MOST_EXCHANGES = 10;

/** Ends the check at once. */
class Stop extends Error {
  readonly result: 'temperror' | 'permerror';
  constructor(result: 'temperror' | 'permerror') {
    super(result);
    this.result = result;
  }
}

export async function checkSpf({ address, helo, mailFrom }: SpfQuestion, names: MailNames): Promise<SpfVerdict> {
  const of = mailFrom === '' ? 'helo' : 'mailfrom';
  const at = mailFrom.lastIndexOf('@');
  const domain = (of === 'helo' ? helo : mailFrom.slice(at + 1)).replace(/\.$/, '').toLowerCase();
  const sender = `${at > 0 ? mailFrom.slice(0, at) : 'postmaster'}@${domain}`;
  const octets = addressOctets(address);
  if (!octets) return { result: 'none', domain, of };
  const check = new Check({ sender, helo, address: octets }, names);
  try {
    return { result: await check.host(domain), domain, of };
  } catch (error) {
    if (error instanceof Stop) return { result: error.result, domain, of };
    throw error;
  }
}

class Check {
  readonly #facts: MacroFacts;
  readonly #names: MailNames;
  #lookups = 0;
  #void = 0;

  constructor(facts: MacroFacts, names: MailNames) {
    this.#facts = facts;
    this.#names = names;
  }

  async host(domain: string): Promise<SpfResult> {
    const labels = domain.split('.');
    if (labels.length < 2 || domain.length > 253 || !isName(labels)) return 'none';
    const texts = (await this.#ask(() => this.#names.txt(domain))).filter(isSpf);
    if (texts.length === 0) return 'none';
    const record = texts.length === 1 ? parseSpf(texts[0]!) : undefined;
    if (!record) throw new Stop('permerror');
    return this.#record(record, domain);
  }

  async #record({ mechanisms, redirect }: SpfRecord, domain: string): Promise<SpfResult> {
    for (const mechanism of mechanisms) {
      if (await this.#matches(mechanism, domain)) return mechanism.result;
    }
    if (redirect === undefined) return 'neutral';
    this.#lookUp();
    const target = expand(redirect, domain, this.#facts);
    const result = target === undefined ? 'none' : await this.host(target);
    if (result === 'none') throw new Stop('permerror');
    return result;
  }

  async #matches(mechanism: Mechanism, domain: string): Promise<boolean> {
    const { name, network } = mechanism;
    if (name === 'all') return true;
    if (network) return this.#within(network, mechanism);
    this.#lookUp();
    // Section 5.5: not to be used; names of addresses are not looked up, and so it matches nothing.
    if (name === 'ptr') return false;
    const target = mechanism.domain === undefined ? domain : expand(mechanism.domain, domain, this.#facts);
    if (name === 'include') return this.#included(target);
    if (target === undefined) return false;
    if (name === 'mx') return this.#exchanges(target, mechanism);
    const found = await this.#addresses(target, name === 'exists' ? 4 : this.#facts.address.length);
    return name === 'exists' ? found.length > 0 : found.some((octets) => this.#within(octets, mechanism));
  }

  /** Its fail is no fail here; that it has nothing to say is a mistake of ours (section 5.2). */
  async #included(target: string | undefined): Promise<boolean> {
    const result = target === undefined ? 'none' : await this.host(target);
    if (result === 'none') throw new Stop('permerror');
    return result === 'pass';
  }

  async #exchanges(target: string, mechanism: Mechanism): Promise<boolean> {
    const found = await this.#counted(() => this.#names.mx(target));
    if (found.length > MOST_EXCHANGES) throw new Stop('permerror');
    for (const { exchange } of found) {
      if (exchange === '') continue;
      const addresses = await this.#addresses(exchange, this.#facts.address.length);
      if (addresses.some((octets) => this.#within(octets, mechanism))) return true;
    }
    return false;
  }

  #within(network: Uint8Array, { bits4, bits6 }: Mechanism): boolean {
    return sameNetwork(network, this.#facts.address, network.length === 4 ? bits4 : bits6);
  }

  /** @param length 4 or 16: the family that is asked for */
  #addresses(host: string, length: number): Promise<Uint8Array[]> {
    return this.#counted(async () => {
      const all = (await this.#names.addresses(host)).map(({ address }) => addressOctets(address));
      return all.filter((octets) => octets !== undefined).filter((octets) => octets.length === length);
    });
  }

  #lookUp(): void {
    this.#lookups += 1;
    if (this.#lookups > MOST_LOOKUPS) throw new Stop('permerror');
  }

  async #counted<T>(question: () => Promise<readonly T[]>): Promise<T[]> {
    const answers = await this.#ask(question);
    if (answers.length === 0) this.#void += 1;
    if (this.#void > MOST_VOID) throw new Stop('permerror');
    return answers;
  }

  async #ask<T>(question: () => Promise<readonly T[]>): Promise<T[]> {
    try {
      return [...(await question())];
    } catch (error) {
      if (isNoName(error)) return [];
      throw new Stop('temperror');
    }
  }
}
