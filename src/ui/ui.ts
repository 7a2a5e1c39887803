/** How a command speaks: the result on stdout, everything for people on stderr. Built by `ui/screen.ts`. */
import type { Json } from '../contracts/journal.ts';
import type { Log } from '../contracts/store.ts';

export type Result = { readonly schema: string; readonly [key: string]: Json };

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  /** White on black, whatever the terminal's own colours are. */
  readonly plate: (text: string) => string;
}

export interface Progress {
  /** `total` undefined: unknown. Shown only after 1 s; off a terminal one line per 10 s. */
  update(done: number, total?: number): void;
  end(): void;
}

export interface Ui {
  /** `--json` was given (in any form). */
  readonly json: boolean;
  readonly quiet: boolean;
  /** 0, 1 (`-v`) or 2 (`-vv`). */
  readonly verbose: number;
  /** stdin and stderr are terminals and nobody forbade questions. */
  readonly interactive: boolean;
  /**
   * The result, once, at the end: JSON, `--pick`, `--format`, or `human`'s lines (escape peer text with `kit/escape`).
   * Schema names are `cs.<name>/1`; keys snake_case.
   */
  result(object: Result, human: (paint: Paint) => string): Promise<void>;
  /** One object of a stream: an NDJSON line, or `human`'s. */
  item(object: Result, human: (paint: Paint) => string): Promise<void>;
  /** Raw octets of a result (`cs get`) to stdout or `--output` (written aside, renamed when `end` is called). Waits for drain. */
  bytes(chunk: Uint8Array | string): Promise<void>;
  /** The command writes the file of `--output` itself; what is printed from here on goes to stdout. */
  keepOutput(): void;
  /** Flush everything; publishes `--output`. Called by `main`. */
  end(failed: boolean): Promise<void>;
  /** For people, on stderr; silent with `-q`. */
  note(text: string | ((paint: Paint) => string)): void;
  /** Like `note`, said only with `-v`. */
  detail(text: string): void;
  /** Always said, even with `-q`... except that it is not an error: `warning: ...` on stderr. */
  warn(text: string): void;
  readonly log: Log;
  progress(label: string): Progress;
  /** Throws `CS_USAGE` naming `flag` when nobody can be asked. */
  ask(question: string, how: { readonly secret?: true; readonly flag: string }): Promise<string>;
}
