/** Content codings and which of them a client takes (RFC 9110 sections 8.4.1 and 12.5.3). */

export type Coding = 'br' | 'zstd' | 'gzip' | 'identity';

/** What Accept-Encoding says: weights in thousandths, by name. */
interface Wishes {
  readonly named: ReadonlyMap<string, number>;
  /** Of `*`; undefined where it is not there. */
  readonly other: number | undefined;
}

const ELEMENT = /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*$/;
/** The longest header of any browser has 30 octets. */
const LONGEST = 1000;

/**
 * The coding of `offered` with the greatest weight, of equal ones the first. Undefined: none is acceptable, 406.
 * @param header Accept-Encoding; absent, the content as it is
 */
export function chooseCoding(header: string | undefined, offered: readonly Coding[]): Coding | undefined {
  if (header === undefined) return 'identity';
  const wishes = remembered(header);
  let best: Coding | undefined;
  let most = 0;
  for (const coding of offered) {
    const weight = weightOf(coding, wishes);
    if (weight > most) [best, most] = [coding, weight];
  }
  return best;
}

function weightOf(coding: Coding, { named, other }: Wishes): number {
  const weight = named.get(coding) ?? (coding === 'gzip' ? named.get('x-gzip') : undefined);
  // Unnamed, the content as it is stays possible, after everything that is asked for.
  return weight ?? (coding === 'identity' ? (other ?? 0.5) : (other ?? 0));
}

const known = new Map<string, Wishes>();

function remembered(header: string): Wishes {
  let wishes = known.get(header);
  if (wishes === undefined) {
    wishes = read(header);
    if (known.size >= 256) known.clear();
    known.set(header, wishes);
  }
  return wishes;
}

/** What is malformed is not wished for. */
function read(header: string): Wishes {
  const named = new Map<string, number>();
  let other: number | undefined;
  for (const element of header.slice(0, LONGEST).split(',')) {
    const [, name, q = '1'] = ELEMENT.exec(element) ?? [];
    if (name === undefined) continue;
    const weight = Math.round(Number(q) * 1000);
    if (name === '*') other = weight;
    else named.set(name.toLowerCase(), weight);
  }
  return { named, other };
}
