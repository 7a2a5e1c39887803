/** Runs a verb in this process, with a screen that only remembers. */

import type { Command, CommandContext } from '../../src/commands/command.ts';
import { commandOptions, settle } from '../../src/commands/context.ts';
import { parseArguments } from '../../src/commands/parse.ts';
import type { Json } from '../../src/contracts/journal.ts';
import { PLAIN } from '../../src/ui/colour.ts';
import type { Result, Ui } from '../../src/ui/ui.ts';

export interface Ran {
  readonly code: number;
  readonly results: readonly { readonly [key: string]: Json }[];
  readonly lines: string;
  readonly bytes: string;
  readonly said: string;
}

export async function runVerb(
  command: Command,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ran> {
  const parsed = parseArguments(command, commandOptions(command), argv);
  const { options, sections } = await settle(command, parsed, { HOME: '/nonexistent', ...env }, '/');
  const seen = { results: [] as Result[], lines: '', bytes: '', said: '' };
  const say = (text: string): void => {
    seen.said += `${text}\n`;
  };
  const keep = async (object: Result, human: (paint: typeof PLAIN) => string): Promise<void> => {
    seen.results.push(object);
    seen.lines += `${human(PLAIN)}\n`;
  };
  const ui: Ui = {
    ...{ json: options.json !== undefined, quiet: false, verbose: 0, interactive: false, log: () => {} },
    result: keep,
    item: keep,
    bytes: async (chunk) => {
      seen.bytes += Buffer.from(chunk as Uint8Array).toString('latin1');
    },
    keepOutput: () => {},
    end: async () => {},
    note: (text) => say(typeof text === 'string' ? text : text(PLAIN)),
    detail: say,
    warn: say,
    progress: () => ({ update() {}, end() {} }),
    ask: async () => '',
  };
  const ctx: CommandContext = {
    ...{ options, sections, operands: parsed.operands, rest: parsed.rest, ui, env, version: '0', commands: [] },
    signal: new AbortController().signal,
    origin: () => 'default',
  };
  const code = (await (await command.load()).run(ctx as never)) ?? 0;
  return { code, ...seen };
}
