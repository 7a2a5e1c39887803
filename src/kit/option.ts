/**
 * One declaration per option. Flags, environment names, config keys, help, man page, completion, JSON Schema and the
 * reference pages are read off it; nothing about an option is written anywhere else.
 */
import { CsError } from './errors.ts';
import { parseDuration, parseSize } from './units.ts';

export type OptionKind = 'flag' | 'text' | 'number' | 'size' | 'duration' | 'choice';

export interface Option<T> {
  readonly kind: OptionKind;
  /** One clause, lower case, no full stop. Says what it does, for a reader who has not read the code. */
  readonly help: string;
  /** As a person writes it: `10m`, `25m`, `auto`. Absent: the value is `undefined` (`false` for a flag, `[]` for many). */
  readonly default?: string;
  /** Why the default is what it is, where it is a limit. */
  readonly reason?: string;
  /** The placeholder in help: `FILE`, `ADDR`. Its kind decides how completion treats it. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly short?: string;
  /** May be given several times; the value is an array. In the environment, items are separated by commas. */
  readonly many?: true;
  /** `--flag[=VALUE]`: takes a value only with `=`; given bare, it is this text. */
  readonly bare?: string;
  /** A further name in the environment, where the standard one reads badly: `CS_DATA_DIR`. */
  readonly env?: string;
  /** A secret never stands in argv: only in the environment, the config file or a file. */
  readonly secret?: true;
  readonly hidden?: true;
  /** A protocol's option whose flag needs no prefix: `--newline`, not `--smtp-newline`. */
  readonly plain?: true;
  /** The heading under which help lists it. */
  readonly group?: string;
  /** One written value → one parsed value; throws `CS_USAGE`. */
  readonly parse: (text: string) => unknown;
  /** Carries the type of the whole value; never set. */
  readonly type?: T;
}

// biome-ignore lint/suspicious/noExplicitAny: any option, whatever its value's type
export type Options = Readonly<Record<string, Option<any>>>;
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

type More = Omit<Option<unknown>, 'kind' | 'help' | 'parse' | 'type'>;
type Typed<T, M> = M extends { many: true } ? readonly T[] : M extends { default: string } ? T : T | undefined;

function declare<T, const M extends More>(
  kind: OptionKind,
  help: string,
  more: M,
  parse: (text: string) => T,
): Option<Typed<T, M>> {
  return { kind, help, ...more, parse };
}

const TRUE = new Set(['true', '1', 'yes', 'on', '']);
const FALSE = new Set(['false', '0', 'no', 'off']);

export function parseFlag(text: string): boolean {
  const word = text.toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  throw new CsError('CS_USAGE', `neither true nor false: ${JSON.stringify(text)}`);
}

/** A switch: absent is false. */
export function flag<const M extends More>(
  help: string,
  more: M = {} as M,
): Option<M extends { many: true } ? readonly boolean[] : boolean> {
  return { kind: 'flag', help, ...more, parse: parseFlag };
}

export function text<const M extends More>(help: string, more: M = {} as M): Option<Typed<string, M>> {
  return declare('text', help, more, (written) => written);
}

/** A list of names with `=`, all of them without; in the environment and `cs.yaml` true is all and false is absent. */
export function fields(help: string): Option<string | undefined> {
  return { kind: 'text', help, value: 'FIELDS', bare: '*', parse: chosenFields };
}

function chosenFields(written: string): string | undefined {
  const word = written.toLowerCase();
  if (FALSE.has(word)) return undefined;
  return TRUE.has(word) ? '*' : written;
}

/** A whole number from `min` (0) to `max`. */
export function number<const M extends More & { min?: number; max?: number }>(
  help: string,
  more: M = {} as M,
): Option<Typed<number, M>> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = more;
  return declare('number', help, more, (written) => {
    const value = /^\d{1,16}$/.test(written) ? Number(written) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new CsError('CS_USAGE', `not a whole number from ${min} to ${max}: ${JSON.stringify(written)}`);
    }
    return value;
  });
}

/** Bytes. */
export function size<const M extends More>(help: string, more: M = {} as M): Option<Typed<number, M>> {
  return declare('size', help, { value: 'SIZE', ...more } as M, parseSize);
}

/** Milliseconds. */
export function duration<const M extends More>(help: string, more: M = {} as M): Option<Typed<number, M>> {
  return declare('duration', help, { value: 'DUR', ...more } as M, parseDuration);
}

export function choice<const C extends readonly string[], const M extends More>(
  help: string,
  choices: C,
  more: M = {} as M,
): Option<Typed<C[number], M>> {
  return declare('choice', help, { choices, ...more } as M, (written) => {
    if (choices.includes(written)) return written as C[number];
    throw new CsError('CS_USAGE', `not one of ${choices.join(', ')}: ${JSON.stringify(written)}`);
  });
}

/** `maxSize` → `max-size`: the flag's name. The environment's is that in capitals with `_`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function envName(...parts: string[]): string {
  return ['CS', ...parts.map((part) => flagName(part).replaceAll('-', '_').toUpperCase())].join('_');
}

/** The values that hold when nobody says anything: what tests and embedders start from. */
export function defaults<O extends Options>(options: O): Values<O> {
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(options)) {
    if (option.many) values[key] = option.default === undefined ? [] : option.default.split(',').map(option.parse);
    else if (option.default !== undefined) values[key] = option.parse(option.default);
    else values[key] = option.kind === 'flag' ? false : undefined;
  }
  return values as Values<O>;
}
