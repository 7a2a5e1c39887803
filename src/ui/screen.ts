import { CsError } from '../kit/errors.ts';
import { escapeBlock } from '../kit/escape.ts';
import { redact } from '../kit/secret.ts';
import { paintFor, wantsColour } from './colour.ts';
import { createLog, type Level } from './log.ts';
import { asText, fields, format, pick } from './pick.ts';
import { createProgress } from './progress.ts';
import { fileSink, neutralSink, stdoutSink } from './sink.ts';
import type { Paint, Result, Ui } from './ui.ts';

export interface ScreenOptions {
  readonly json: string | undefined;
  readonly pick: string | undefined;
  readonly format: string | undefined;
  readonly output: string | undefined;
  readonly quiet: boolean;
  readonly verbose: readonly boolean[];
  readonly color: 'auto' | 'always' | 'never';
  readonly log: Level;
  readonly logFormat: 'text' | 'json';
  readonly logFile: string | undefined;
  readonly noInput: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The one way to the screen. Prints every object through the redactor unless `--json=+secrets` asked for passwords. */
export async function createScreen(options: ScreenOptions, env: Environment): Promise<Ui & { readonly paint: Paint }> {
  const out = await paintFor(options.output === undefined && wantsColour(process.stdout, options.color, env));
  const err = await paintFor(wantsColour(process.stderr, options.color, env));
  const straight = options.output === undefined || options.output === '-';
  let sink = straight ? stdoutSink() : fileSink(options.output);
  // What a peer sent, octet for octet, unless it would meet a terminal.
  const octets = straight && process.stdout.isTTY ? neutralSink(stdoutSink()) : undefined;
  const { json, quiet } = options;
  const verbose = options.verbose.length;
  const secrets = json?.split(',').includes('+secrets') ?? false;
  const level = options.log === 'warn' && verbose > 0 ? 'info' : options.log;
  const { log } = createLog(quiet ? 'error' : level, options.logFormat, options.logFile);
  const ci = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
  const interactive = !options.noInput && !ci && process.stderr.isTTY === true && process.stdin.isTTY === true;
  const people = (text: string): void => {
    process.stderr.write(`${redact(text)}\n`);
  };

  const print = (object: Result, human: (paint: Paint) => string): Promise<void> => {
    const text = shown(object, human);
    return text === '' ? Promise.resolve() : sink.write(secrets ? text : redact(text));
  };
  const shown = (object: Result, human: (paint: Paint) => string): string => {
    if (options.pick !== undefined) return `${safe(asText(pick(object, options.pick)))}\n`;
    if (options.format !== undefined) return `${safe(format(object, options.format))}\n`;
    if (json !== undefined) return `${JSON.stringify(fields(object, json))}\n`;
    const text = human(out);
    return text === '' || text.endsWith('\n') ? text : `${text}\n`;
  };
  // Data never follows the terminal, but what reaches one must not steer it.
  const safe = (text: string): string => (process.stdout.isTTY || env.GITHUB_ACTIONS ? escapeBlock(text) : text);

  return {
    paint: err,
    json: json !== undefined,
    quiet,
    verbose,
    interactive,
    log,
    result: print,
    item: print,
    bytes: (chunk) => (octets ?? sink).write(chunk),
    keepOutput() {
      sink = stdoutSink();
    },
    end: async (failed) => {
      await octets?.end(failed);
      await sink.end(failed);
    },
    note(text) {
      if (!quiet) people(typeof text === 'string' ? text : text(err));
    },
    detail(text) {
      if (verbose > 0) people(text);
    },
    warn(text) {
      people(`${err.yellow('warning:')} ${text}`);
    },
    progress: (label) => createProgress(label, Boolean(process.stderr.isTTY) && !ci, quiet || json !== undefined),
    async ask(question, how) {
      if (!interactive || json !== undefined) {
        throw new CsError('CS_USAGE', `cannot ask "${question}": nobody is there`, { hint: `give ${how.flag}` });
      }
      const { prompt } = await import('./prompt.ts');
      return prompt(question, how.secret === true);
    },
  };
}
