/** The options of protocols and stores as flags, environment names and sections of `cs.yaml`. */
import type { Shape } from '../config/file.ts';
import type { Option, Options } from '../kit/option.ts';
import { protocols, stores } from '../registry.ts';
import { artifacts, clients, general, manners, opening, output, reports, servers } from './globals.ts';
import { options as serve } from './serve/options.ts';

export interface SectionFlag {
  readonly section: string;
  readonly key: string;
  /** The flag's key: `smtpSize`, or `newline` for a plain one. */
  readonly flag: string;
  readonly option: Option<unknown>;
}

/** Name → options: every protocol and every store. */
export function sections(): Readonly<Record<string, Options>> {
  return Object.fromEntries([...protocols, ...stores].map((part) => [part.name, part.options as Options]));
}

export function sectionFlags(): readonly SectionFlag[] {
  const flags: SectionFlag[] = [];
  for (const part of [...protocols, ...stores]) {
    const store = stores.some((candidate) => candidate.name === part.name);
    for (const [key, option] of Object.entries(part.options as Options)) {
      const flag = option.plain || store ? key : `${part.name}${key[0]?.toUpperCase()}${key.slice(1)}`;
      flags.push({ section: part.name, key, flag, option });
    }
  }
  return flags;
}

/** What `cs.yaml` may hold. */
export function configShape(): Shape {
  const { config: _config, profile: _profile, ...named } = general;
  const { password: _password, ...reaching } = clients;
  const shown = { ...output, ...reports, ...artifacts, ...manners };
  return { top: { ...named, ...reaching, ...servers, ...serve, ...opening, ...shown }, sections: sections() };
}
