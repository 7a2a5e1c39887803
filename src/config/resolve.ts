/** Which value wins: flag, environment, project file, user file, default; and where it came from. */
import { asCsError, CsError } from '../kit/errors.ts';
import { envName, flagName, type Option, type Options } from '../kit/option.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One place that may have an opinion: raw texts by option key. */
export interface Layer {
  /** Shown as the origin: `flag`, `/path/cs.yaml`. */
  readonly origin: string;
  /** Where a key stands in it, for messages: `/path/cs.yaml:3`. */
  readonly place?: (key: string) => string;
  readonly values: Readonly<Record<string, readonly string[]>>;
}

export interface Resolved {
  readonly values: Record<string, unknown>;
  readonly origins: Record<string, string>;
}

/** The names an option has in the environment, most telling first. A scope is a verb or a service; undefined is none. */
export function envNames(key: string, option: Option<unknown>, scopes: readonly (string | undefined)[]): string[] {
  const names = scopes.map((scope) => (scope === undefined ? envName(key) : envName(scope, key)));
  return option.env === undefined ? names : [option.env, ...names];
}

export function envLayer(options: Options, env: Environment, scopes: readonly (string | undefined)[]): Layer[] {
  const layers: Layer[] = [];
  for (const [key, option] of Object.entries(options)) {
    for (const name of envNames(key, option, scopes)) {
      const text = env[name];
      if (text === undefined || (text === '' && (option.kind !== 'text' || option.bare !== undefined))) continue;
      layers.push({ origin: `env ${name}`, values: { [key]: option.many ? text.split(',') : [text] } });
      break;
    }
  }
  return layers;
}

/** The first layer that names a key wins; the last of several written values does, unless the option takes many. */
export function resolve(options: Options, layers: readonly Layer[]): Resolved {
  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [key, option] of Object.entries(options)) {
    const layer = layers.find((candidate) => candidate.values[key] !== undefined);
    const written = layer?.values[key] ?? (option.default === undefined ? undefined : [option.default]);
    origins[key] = layer?.origin ?? 'default';
    if (written === undefined) {
      values[key] = option.many ? [] : option.kind === 'flag' ? false : undefined;
      continue;
    }
    try {
      values[key] = option.many ? written.map(option.parse) : option.parse(written.at(-1) ?? '');
    } catch (error) {
      const { message, hint } = asCsError(error);
      const where = layer?.origin === 'flag' ? `--${flagName(key)}` : `${key} (${layer?.place?.(key) ?? origins[key]})`;
      throw new CsError('CS_USAGE', `${where}: ${message}`, { hint: hint ?? option.help });
    }
  }
  return { values, origins };
}
