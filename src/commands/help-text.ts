/** Help, read off the descriptors: examples first, every default shown. */
import type { Option, Options } from '../kit/option.ts';
import { flagName } from '../kit/option.ts';
import { protocols, stores } from '../registry.ts';
import type { Command } from './command.ts';
import { commandOptions } from './context.ts';
import { globalGroups } from './globals.ts';

const WIDTH = 100;
const GROUP_TITLES: Readonly<Record<keyof typeof globalGroups, string>> = {
  general: 'General',
  servers: 'Servers',
  clients: 'Clients',
  opening: 'Opening up',
  output: 'Output',
  reports: 'Reports',
  artifacts: 'Artifacts',
  manners: 'Manners',
};

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  const column = Math.min(34, Math.max(...pairs.map(([left]) => left.length)) + 4);
  return pairs
    .map(([left, right]) => {
      const gap = left.length + 4 > column ? `\n${' '.repeat(column)}` : ' '.repeat(column - left.length - 2);
      return `  ${left}${gap}${wrap(right, column)}`;
    })
    .join('\n');
}

export function flagText(key: string, option: Option<unknown>): string {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.kind === 'flag' ? '' : (option.value ?? (option.choices ? option.choices.join('|') : 'TEXT'));
  return `${short}--${flagName(key)}${option.bare === undefined ? value && ` ${value}` : `[=${value}]`}`;
}

export function optionText(option: Option<unknown>): string {
  const notes = [
    option.default === undefined ? undefined : `default ${option.default}`,
    option.many ? 'repeatable' : undefined,
  ].filter(Boolean);
  return `${option.help}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function section(title: string, options: Options): string {
  const shown = Object.entries(options).filter(([, option]) => !option.hidden);
  if (shown.length === 0) return '';
  return `\n${title}:\n${rows(shown.map(([key, option]) => [flagText(key, option), optionText(option)]))}\n`;
}

/** The command's options by heading: its own, the global groups, the protocols' and stores'. */
export function optionGroups(command: Command): readonly (readonly [string, Options])[] {
  const all = commandOptions(command);
  const left = new Map(Object.entries(all));
  const take = (keys: Iterable<string>): Options => {
    const taken: Record<string, Options[string]> = {};
    for (const key of keys) {
      const option = left.get(key);
      if (option !== undefined) taken[key] = option;
      left.delete(key);
    }
    return taken;
  };
  const groups: [string, Options][] = [['Options', take(Object.keys(command.options))]];
  const globals = [...command.globals, 'output', 'manners', 'general'] as const;
  const shared = globals.map((name): [string, Options] => [GROUP_TITLES[name], take(Object.keys(globalGroups[name]))]);
  const byTitle = new Map<string, string[]>();
  for (const [key, option] of left)
    byTitle.set(option.group ?? 'More', [...(byTitle.get(option.group ?? 'More') ?? []), key]);
  for (const [title, keys] of byTitle) groups.push([title, take(keys)]);
  return [...groups, ...shared];
}

export function usageLine(command: Command): string {
  const operands = command.operands.map(({ name, required, many }) => {
    const word = `${name}${many ? '...' : ''}`;
    return required ? `<${word}>` : `[${word}]`;
  });
  return ['cs', command.path, ...operands, '[flags]', ...(command.child ? ['-- <command...>'] : [])].join(' ');
}

export function commandHelp(command: Command): string {
  const examples =
    command.examples.length > 0 ? `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}\n` : '';
  const details = command.details === undefined ? '' : `\n${wrap(command.details, 0)}\n`;
  const operands =
    command.operands.length > 0 ? `\nOperands:\n${rows(command.operands.map(({ name, help }) => [name, help]))}\n` : '';
  const groups = command.ownArguments
    ? ''
    : optionGroups(command)
        .map(([title, options]) => section(title, options))
        .join('');
  return `${command.summary}\n${examples}\nUsage: ${usageLine(command)}\n${details}${operands}${groups}`;
}

export function rootHelp(commands: readonly Command[], version: string): string {
  const services = protocols
    .filter((protocol) => !protocol.hidden)
    .flatMap((protocol) => Object.keys(protocol.schemes));
  return `cs ${version}: both ends of the wire, servers and clients in one command

Examples:
  cs serve smtp                                     a mail server on 127.0.0.1 and ::1, port 1025
  cs send mail --to you@example.test --text hello   send to it
  cs run smtp pop3 -- npm test                      servers around a command, gone when it ends
  cs wait mail --to you@example.test --extract code block until a mail comes, print its code

Usage: cs <verb> [noun] [target] [flags]

Commands:
${rows(commands.filter((command) => !command.path.startsWith('_')).map((command) => [command.path, command.summary]))}

Services: ${services.join(' ')}
Stores:   ${stores.map((store) => store.name).join(' ')}

cs <command> --help shows the flags; cs help exit-codes|env|ready|safety explains.
`;
}
