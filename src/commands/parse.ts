/** argv → one command and its raw flags. commander reads the arguments; what they mean is read off the option tables. */
import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import { CsError } from '../kit/errors.ts';
import { flagName, type Option, type Options } from '../kit/option.ts';
import { suggest } from '../kit/suggest.ts';
import type { Command } from './command.ts';

export interface Parsed {
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly operands: readonly string[];
  readonly rest: readonly string[];
  readonly help: boolean;
}

/** The command that argv names, and how many words its name took. */
export function findCommand(argv: readonly string[], all: readonly Command[]): { command: Command; words: number } {
  const [verb = '', noun = ''] = argv;
  if (verb.startsWith('-')) {
    throw new CsError('CS_USAGE', `the command comes first, then ${verb.replace(/=.*$/s, '')}`, {
      hint: 'cs --help lists the commands',
    });
  }
  const two = all.find((command) => command.path === `${verb} ${noun}`);
  if (two) return { command: two, words: 2 };
  const one = all.find((command) => command.path === verb);
  if (one) return { command: one, words: 1 };
  const nouns = all.filter((command) => command.path.startsWith(`${verb} `)).map((command) => command.path);
  if (nouns.length > 0) {
    const given =
      noun === '' || noun.startsWith('-') ? `cs ${verb} needs a word` : `cs ${verb} has no ${JSON.stringify(noun)}`;
    const near = noun === '' ? undefined : suggest(`${verb} ${noun}`, nouns);
    throw new CsError('CS_USAGE', given, {
      hint: near ? `did you mean cs ${near}?` : nouns.map((path) => `cs ${path}`).join(' · '),
    });
  }
  const near = suggest(verb, new Set(all.map((command) => command.path.split(' ')[0] ?? '')));
  throw new CsError('CS_USAGE', `unknown command ${JSON.stringify(verb)}`, {
    hint: near ? `did you mean cs ${near}?` : 'cs --help lists the commands',
  });
}

/** `--json` may stand bare; commander would take the next word for its value. `--tls on` names a choice, so it is one. */
function spellOutBare(args: readonly string[], options: Options): string[] {
  const bare = new Map<string, Option<unknown>>();
  for (const [key, option] of Object.entries(options))
    if (option.bare !== undefined) bare.set(`--${flagName(key)}`, option);
  return args.map((arg, index) => {
    const option = bare.get(arg);
    if (option === undefined || option.choices?.includes(args[index + 1] ?? '')) return arg;
    return `${arg}=${option.bare}`;
  });
}

function declareOption(program: Commander, key: string, option: Option<unknown>, seen: Record<string, string[]>): void {
  const long = `--${flagName(key)}`;
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.kind === 'flag' ? '' : ` <${option.value ?? 'value'}>`;
  program.addOption(new CommanderOption(`${short}${long}${value}`, option.help));
  const note = (text: string | null): void => {
    seen[key] ??= [];
    seen[key].push(text ?? 'true');
  };
  program.on(`option:${flagName(key)}`, note);
  if (option.kind === 'flag' && !option.many) {
    program.addOption(new CommanderOption(`--no-${flagName(key)}`, option.help).hideHelp());
    program.on(`option:no-${flagName(key)}`, () => note('false'));
  }
}

/** What these arguments can mean: a command has up to a hundred options, a line names few, and each costs to be declared. */
function named(options: Options, args: readonly string[]): Options {
  const long = new Set(args.map((arg) => arg.split('=', 1)[0] ?? ''));
  const letters = args.filter((arg) => /^-[^-]/.test(arg)).join('');
  const among = ([key, { short }]: [string, Option<unknown>]): boolean => {
    const name = flagName(key);
    return long.has(`--${name}`) || long.has(`--no-${name}`) || (short !== undefined && letters.includes(short));
  };
  return Object.fromEntries(Object.entries(options).filter(among));
}

export function parseArguments(command: Command, options: Options, args: readonly string[]): Parsed {
  if (command.ownArguments) return { flags: {}, operands: [], rest: args, help: false };
  const dashes = args.indexOf('--');
  const own = dashes === -1 ? args : args.slice(0, dashes);
  const rest = dashes === -1 ? [] : args.slice(dashes + 1);
  const visible = Object.fromEntries(Object.entries(options).filter(([, option]) => !option.secret));
  const flags: Record<string, string[]> = {};
  let help = false;
  const program = new Commander(`cs ${command.path}`);
  program.exitOverride().allowExcessArguments(true).helpOption(false).argument('[operands...]');
  program.configureOutput({ writeErr: () => {}, writeOut: () => {} });
  program.option('-h, --help').on('option:help', () => {
    help = true;
  });
  for (const [key, option] of Object.entries(named(visible, own))) declareOption(program, key, option, flags);
  try {
    program.parse(spellOutBare(own, visible), { from: 'user' });
  } catch (error) {
    throw usage(error, visible, command);
  }
  const operands = command.child ? program.args : [...program.args, ...rest];
  if (!help) checkOperands(command, operands);
  return { flags, operands, rest: command.child ? rest : [], help };
}

function usage(error: unknown, options: Options, command: Command): CsError {
  if (!(error instanceof CommanderError)) throw error;
  const message = error.message.split('\n')[0]?.replace(/^error: /, '') ?? '';
  const [, word = ''] = /option '(-[^' ]+)/.exec(message) ?? [];
  const bare = word.replace(/=.*$/, '');
  if (bare === '--password') {
    return new CsError(
      'CS_SECRET_IN_ARGV',
      'a password is not taken as an argument: every user of this machine can read it',
      {
        hint: 'use --password-file FILE, --password-fd N or CS_PASSWORD',
      },
    );
  }
  const names = Object.keys(options).map((key) => `--${flagName(key)}`);
  const near = error.code === 'commander.unknownOption' ? suggest(bare, names) : undefined;
  return new CsError('CS_USAGE', message, { hint: near ? `did you mean ${near}?` : `cs ${command.path} --help` });
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const required = command.operands.filter((operand) => operand.required).length;
  const most = command.operands.some((operand) => operand.many) ? Number.POSITIVE_INFINITY : command.operands.length;
  const hint = `cs ${command.path} --help`;
  if (operands.length < required) {
    const missing = command.operands[operands.length]?.name ?? '';
    throw new CsError('CS_USAGE', `cs ${command.path} needs <${missing}>`, { hint });
  }
  if (operands.length > most) {
    throw new CsError(
      'CS_USAGE',
      `cs ${command.path} does not know what to do with ${JSON.stringify(operands[most])}`,
      { hint },
    );
  }
}
