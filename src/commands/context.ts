/** From raw flags to the values a command runs with. */
import { type Config, configFiles, fileLayers, namedServices, readConfig, withProfile } from '../config/file.ts';
import { envLayer, type Layer, type Resolved, resolve } from '../config/resolve.ts';
import { defaults, type Options } from '../kit/option.ts';
import type { Command } from './command.ts';
import { type GlobalValues, globalGroups } from './globals.ts';
import type { Parsed } from './parse.ts';
import { configShape, sectionFlags, sections } from './sections.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Settled {
  readonly options: Record<string, unknown> & GlobalValues;
  readonly sections: Record<string, Record<string, unknown>>;
  readonly origins: Record<string, string>;
  /** `services:` of the configuration file. */
  readonly services: readonly string[];
  readonly files: readonly string[];
}

/** Every option the command takes on its command line. */
export function commandOptions(command: Command): Options {
  const all: Record<string, Options[string]> = { ...command.options };
  for (const group of ['general', ...command.globals, 'output', 'manners'] as const) {
    for (const [key, option] of Object.entries(globalGroups[group])) if (!Object.hasOwn(all, key)) all[key] = option;
  }
  if (command.globals.includes('servers')) {
    for (const { flag, option } of sectionFlags()) if (!Object.hasOwn(all, flag)) all[flag] = option;
  }
  return all;
}

function allDefaults(): GlobalValues {
  const values = Object.assign({}, ...Object.values(globalGroups).map((group) => defaults(group as Options)));
  return values as GlobalValues;
}

/** @param cwd where a configuration file is looked for; undefined: none is read */
export async function settle(
  command: Command,
  parsed: Parsed,
  env: Environment,
  cwd: string | undefined,
): Promise<Settled> {
  if (!command.withoutConfig || cwd === undefined) return settleAll(command, parsed, env, cwd);
  return settleAll(command, parsed, env, cwd).catch(() => settleAll(command, parsed, env, undefined));
}

async function settleAll(
  command: Command,
  parsed: Parsed,
  env: Environment,
  cwd: string | undefined,
): Promise<Settled> {
  const options = commandOptions(command);
  const flags: Layer = { origin: 'flag', values: parsed.flags };
  const verb = command.path.split(' ')[0];
  const first = resolve(globalGroups.general, [
    flags,
    ...envLayer(globalGroups.general, env, [verb, undefined]),
  ]).values;
  const files =
    cwd === undefined
      ? []
      : await readFiles(first.config as string | undefined, first.profile as string | undefined, env, cwd);
  const shape = files.length > 0 ? configShape() : undefined;
  const layered = shape ? files.map(({ file, config }) => fileLayers(config, file, shape)) : [];
  const top = resolve(options, [flags, ...envLayer(options, env, [verb, undefined]), ...layered.map((one) => one.top)]);
  const settled = command.globals.includes('servers')
    ? settleSections(parsed, env, layered)
    : { values: {}, origins: {} };
  const services = files.map(({ config }) => namedServices(config)).find((names) => names.length > 0) ?? [];
  return {
    options: { ...allDefaults(), ...top.values } as Settled['options'],
    sections: settled.values as Settled['sections'],
    origins: { ...top.origins, ...settled.origins },
    services,
    files: files.map(({ file }) => file),
  };
}

async function readFiles(config: string | undefined, profile: string | undefined, env: Environment, cwd: string) {
  const files: { file: string; config: Config }[] = [];
  for (const file of configFiles(config, cwd, env)) {
    files.push({ file, config: withProfile(await readConfig(file), profile, file) });
  }
  return files;
}

function settleSections(
  parsed: Parsed,
  env: Environment,
  layered: readonly { sections: Record<string, Layer> }[],
): Resolved {
  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [name, options] of Object.entries(sections())) {
    const own: Record<string, readonly string[]> = {};
    for (const { section, key, flag } of sectionFlags()) {
      const written = section === name ? parsed.flags[flag] : undefined;
      if (written !== undefined) own[key] = written;
    }
    const inFiles = layered.map((one) => one.sections[name]).filter((layer): layer is Layer => layer !== undefined);
    const result = resolve(options, [{ origin: 'flag', values: own }, ...envLayer(options, env, [name]), ...inFiles]);
    values[name] = result.values;
    for (const [key, origin] of Object.entries(result.origins)) origins[`${name}.${key}`] = origin;
  }
  return { values, origins };
}
