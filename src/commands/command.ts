/** What a verb is. Its descriptor is data (help, completion, docs and the man page read it); `load` brings the code. */
import type { Options, Values } from '../kit/option.ts';
import type { Ui } from '../ui/ui.ts';
import type { GlobalGroup, GlobalValues } from './globals.ts';

export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly required?: true;
  readonly many?: true;
  /** For completion. */
  readonly choices?: readonly string[];
}

export interface Command<O extends Options = Options> {
  /** Verb and noun: `serve`, `send mail`, `user add`. */
  readonly path: string;
  /** One clause, lower case, no full stop. */
  readonly summary: string;
  /** Paragraphs under the summary in help and reference. */
  readonly details?: string;
  /** Whole command lines; help starts with them. */
  readonly examples: readonly string[];
  readonly operands: readonly Operand[];
  readonly options: O;
  /** Global flags it takes besides `general`, `output` and `manners`, which every verb takes. */
  readonly globals: readonly GlobalGroup[];
  /** Takes `-- command...`. */
  readonly child?: true;
  /** Works as well without the configuration file: where that is broken it is passed by. */
  readonly withoutConfig?: true;
  /** Reads its own argv, in the manner of another program (`sendmail`). */
  readonly ownArguments?: true;
  /** `CS_<VERB>_<FLAG>` uses the path's first word. */
  readonly load: () => Promise<{ readonly run: Run<O> }>;
}

/** Resolves to the exit code (nothing means 0); a failure is thrown as a `CsError`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a command that ends well returns nothing
export type Run<O extends Options> = (ctx: CommandContext<O>) => Promise<number | void>;

export interface CommandContext<O extends Options = Options> {
  readonly options: Values<O> & GlobalValues;
  readonly operands: readonly string[];
  /** What follows `--` (or, with `ownArguments`, everything). */
  readonly rest: readonly string[];
  readonly ui: Ui;
  /** Aborts at the first SIGINT or SIGTERM; `reason` is a `CsError` whose exit is 128+n. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** The caller's file mode mask, for files that are theirs; ours is 077. Absent: it was not changed. */
  readonly umask?: number | undefined;
  /** Every verb, for help, completion and the reference. */
  readonly commands: readonly Command[];
  /** Where an option's value came from: `flag`, `env CS_X`, `/path/cs.yaml`, `default`. */
  readonly origin: (key: string) => string;
  /** Option values of every protocol and store, already merged: `smtp` → `{ size: 26214400 }`. */
  readonly sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function defineCommand<const O extends Options>(command: Command<O>): Command<O> {
  return command;
}
