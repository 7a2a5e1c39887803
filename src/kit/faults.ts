/**
 * Faults on purpose, as written on the command line (`--chaos`, `--fail`). All of them are drawn from one seeded
 * sequence, so that a run with the same seed and the same conversations fails at the same places.
 */
import { CsError } from './errors.ts';
import { parseDuration, parseSize } from './units.ts';

export interface Chaos {
  /** Milliseconds added to every piece of bytes, each way. */
  readonly latency: number;
  /** Up to this many milliseconds more, drawn anew for every piece. */
  readonly jitter: number;
  /** Octets per second each way; 0 for no limit. */
  readonly throttle: number;
  /** Share (0..1) of connections that are reset at some point of their life. */
  readonly reset: number;
  /** Share (0..1) of connections that turn into a black hole at some point: nothing arrives any more, nothing ends. */
  readonly drop: number;
  readonly seed: number;
}

const PARSE: { readonly [K in keyof Chaos]: (text: string) => number } = {
  latency: parseDuration,
  jitter: parseDuration,
  throttle: parseSize,
  reset: parseShare,
  drop: parseShare,
  seed: parseSeed,
};

/** `latency=200ms,jitter=50ms,throttle=64k,reset=1%,drop=1%,seed=7`; throws `CS_USAGE`. */
export function parseChaos(text: string): Chaos {
  const chaos: Record<keyof Chaos, number> = { latency: 0, jitter: 0, throttle: 0, reset: 0, drop: 0, seed: 1 };
  for (const item of text.split(',')) {
    const [name = '', value = ''] = item.trim().split('=', 2);
    if (!Object.hasOwn(PARSE, name)) {
      throw new CsError('CS_USAGE', `not a fault: ${JSON.stringify(item)}`, {
        hint: 'write latency=200ms,jitter=50ms,throttle=64k,reset=1%,drop=1%,seed=7',
      });
    }
    const key = name as keyof Chaos;
    chaos[key] = PARSE[key](value);
  }
  return chaos;
}

/** A command that is answered by a failure. */
export interface ReplyFault {
  /** Lower case: `rcpt`. */
  readonly command: string;
  /** 0..1; 1 where `times` or nothing was written. */
  readonly share: number;
  /** Only the first so many; undefined for all of them. */
  readonly times: number | undefined;
  /** The reply's code (`451`), in the protocol's own words; undefined leaves it to the protocol. */
  readonly code: string | undefined;
}

/**
 * `rcpt:5%` one in twenty, `data:1` the first one, `mail:451` every one with that code, and the code last where both
 * are given: `rcpt:5%:451`, `data:2:552`. Throws `CS_USAGE`.
 */
export function parseReplyFault(text: string): ReplyFault {
  const [command = '', first = '', second] = text.trim().split(':');
  const code = second ?? (/^[45]\d\d$/.test(first) || /^[A-Za-z]/.test(first) ? first : undefined);
  const amount = code !== undefined && second === undefined ? '' : first;
  const fine =
    /^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(command) &&
    (amount === '' || /^\d{1,6}$/.test(amount) || amount.endsWith('%')) &&
    (amount !== '' || code !== undefined) &&
    (code === undefined || /^[A-Za-z0-9][A-Za-z0-9./-]{0,31}$/.test(code));
  if (!fine) {
    throw new CsError('CS_USAGE', `not a reply fault: ${JSON.stringify(text)}`, {
      hint: 'write rcpt:5%, data:1, mail:451 or rcpt:5%:451',
    });
  }
  const times = /^\d+$/.test(amount) ? Number(amount) : undefined;
  return { command: command.toLowerCase(), share: amount.endsWith('%') ? parseShare(amount) : 1, times, code };
}

/** Asked once per command that would have succeeded: the fault to answer with, or undefined. Names ignore case. */
export type ReplyFaults = (command: string) => ReplyFault | undefined;

/** One for a whole server, so that `data:1` means the first DATA that any client sends. */
export function createReplyFaults(faults: readonly ReplyFault[], seed = 1): ReplyFaults {
  if (faults.length === 0) return () => undefined;
  const random = seeded(seed);
  const used = faults.map(() => 0);
  return (command) => {
    const name = command.toLowerCase();
    for (const [index, fault] of faults.entries()) {
      if (fault.command !== name || used[index]! >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      if (fault.share < 1 && random() >= fault.share) continue;
      used[index]! += 1;
      return fault;
    }
    return undefined;
  };
}

/** Faults that somebody chooses while servers run. */
export interface ChosenFaults {
  readonly now: readonly ReplyFault[];
  /** These from now on, and no others. */
  choose(faults: readonly ReplyFault[]): void;
  readonly strike: ReplyFaults;
}

export function createChosenFaults(seed = 1): ChosenFaults {
  let now: readonly ReplyFault[] = [];
  let strike = createReplyFaults(now);
  return {
    get now() {
      return now;
    },
    choose: (faults) => {
      now = faults;
      strike = createReplyFaults(faults, seed);
    },
    strike: (command) => strike(command),
  };
}

/** Numbers from 0 (inclusive) to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

/** `1%`, `0.5%` → 0.01, 0.005. */
function parseShare(text: string): number {
  const value = /^\d{1,3}(\.\d{1,6})?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number.NaN;
  if (!(value >= 0 && value <= 1)) {
    throw new CsError('CS_USAGE', `not a share: ${JSON.stringify(text)}`, { hint: 'write 0% to 100%' });
  }
  return value;
}

function parseSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CsError('CS_USAGE', `not a seed: ${JSON.stringify(text)}`);
  return Number(text);
}
