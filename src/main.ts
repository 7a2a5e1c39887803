/** Compose and run: argv → program → exit code. The only place that wires. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Command, CommandContext } from './commands/command.ts';
import { commandOptions, settle } from './commands/context.ts';
import { output } from './commands/globals.ts';
import { commandHelp, rootHelp } from './commands/help-text.ts';
import { commands } from './commands/list.ts';
import { findCommand, type Parsed, parseArguments } from './commands/parse.ts';
import { asCsError, CsError } from './kit/errors.ts';
import { PLAIN, paintFor, wantsColour } from './ui/colour.ts';
import { failureJson, failureText } from './ui/failure.ts';
import { createScreen } from './ui/screen.ts';

export const version: string = JSON.parse(
  readFileSync(
    new URL(import.meta.url.includes('/build/') ? '../../package.json' : '../package.json', import.meta.url),
    'utf8',
  ),
).version;

/** Of whoever called; ours is stricter. */
let umask: number | undefined;

/** Runs one command line; resolves when the process may end, with `process.exitCode` set. */
export async function main(argv: readonly string[]): Promise<void> {
  umask = process.umask(0o077);
  process.stdout.on('error', quietPipe);
  process.stderr.on('error', () => {});
  const code = await execute(argv).catch((error: unknown) => fail(asCsError(error), argv));
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

/** A reader that left (`| head -1`) is no failure (surface.md 4.8). */
function quietPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
}

async function execute(argv: readonly string[]): Promise<number> {
  const [first = '--help'] = argv;
  if (first === '--version' || first === '-V') return say(`${version}\n`);
  if (first === '--help' || first === '-h') {
    const help = rootHelp(commands, version);
    if (argv.length > 0) return say(help);
    process.stderr.write(help);
    return 2;
  }
  const { command, words } = findCommand(argv, commands);
  const parsed = parseArguments(command, commandOptions(command), argv.slice(words));
  if (parsed.help) return say(commandHelp(command));
  return run(command, parsed);
}

async function say(text: string): Promise<number> {
  await new Promise((resolve) => process.stdout.write(text, resolve));
  return 0;
}

async function run(command: Command, parsed: Parsed): Promise<number> {
  const { options, sections, origins, services } = await settle(command, parsed, process.env, process.cwd());
  const ui = await createScreen(options, process.env);
  const signal = stopSignal();
  const ctx: CommandContext = {
    options,
    sections,
    operands: parsed.operands.length === 0 && command.path === 'serve' ? services : parsed.operands,
    rest: parsed.rest,
    ui,
    signal,
    env: process.env,
    version,
    umask,
    commands,
    origin: (key) => origins[key] ?? 'default',
  };
  // A loop that runs empty would end the process with Node's own 13 before the command has said how it went.
  const alive = setInterval(() => {}, 60_000);
  try {
    const code = (await (await command.load()).run(ctx)) ?? 0;
    await ui.end(code !== 0);
    return code;
  } catch (error) {
    await ui.end(true).catch(() => {});
    throw error;
  } finally {
    clearInterval(alive);
  }
}

/** The first SIGINT or SIGTERM asks to stop; a second one ends at once with 128+n (surface.md section 6). */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(name, () => {
      const exit = 128 + (constants.signals[name as 'SIGINT'] ?? constants.signals.SIGTERM);
      if (controller.signal.aborted) process.exit(exit);
      controller.abort(new CsError('CS_FAILED', `stopped by ${name}`, { exit }));
    });
  }
  return controller.signal;
}

/** As the option reads it; the command line may have failed before it was read. */
function wantsJson(text: string | undefined): boolean {
  return Boolean(text) && output.json.parse(text ?? '') !== undefined;
}

function colourFlag(args: readonly string[]): 'auto' | 'always' | 'never' {
  const last = args.map((arg, at) => (arg === '--color' ? args[at + 1] : /^--color=(.*)/.exec(arg)?.[1]));
  const word = last.filter((text) => text !== undefined).at(-1) ?? process.env.CS_COLOR;
  return word === 'always' || word === 'never' ? word : 'auto';
}

/** One error, on stderr; stdout stays empty. */
async function fail(error: CsError, argv: readonly string[]): Promise<number> {
  const dashes = argv.indexOf('--');
  const own = dashes === -1 ? argv : argv.slice(0, dashes);
  const json = own.some((arg) => arg === '--json' || arg.startsWith('--json=')) || wantsJson(process.env.CS_JSON);
  const paint = wantsColour(process.stderr, colourFlag(own), process.env) ? await paintFor(true) : PLAIN;
  const text = json ? failureJson(error) : failureText(error, paint);
  await new Promise((resolve) => process.stderr.write(text, resolve));
  return error.exit;
}
