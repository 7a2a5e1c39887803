/** What became of every file: an object each with --json, a summary, and the exit code of all of them together. */
import type { Json } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration, showSize } from '../../kit/units.ts';
import type { Progress, Ui } from '../../ui/ui.ts';
import type { Outcome } from './rules.ts';

export type Action = Outcome['action'] | 'made' | 'removed' | 'touched' | 'failed';

export interface Entry {
  readonly action: Action;
  /** Printable. */
  readonly from: string | null;
  readonly to: string | null;
  readonly outcome?: Outcome;
  readonly ms?: number;
  readonly error?: CsError;
}

export class Ledger {
  readonly #ui: Ui;
  readonly #streams: boolean;
  readonly #progress: Progress;
  readonly #began = performance.now();
  readonly #counts = { copied: 0, renamed: 0, skipped: 0, touched: 0, made: 0, removed: 0, failed: 0 };
  readonly #proofs = new Set<string>();
  #octets = 0;
  #planned = 0;
  #expected: number | undefined;
  /** The first failure; told at once only when it is not the only thing there is to tell. */
  #first: { readonly error: CsError; readonly name: string; told: boolean } | undefined;

  /** @param streams whether every file is printed (`--json`, `--format`) or only the summary */
  constructor(ui: Ui, label: string, streams: boolean) {
    this.#ui = ui;
    this.#streams = streams;
    this.#progress = ui.progress(label);
  }

  /** Whether entries without a failure are shown: names that nobody reads need not be made. */
  get shows(): boolean {
    return this.#streams || this.#ui.verbose > 0;
  }

  get failed(): number {
    return this.#counts.failed;
  }

  /** Octets in all, once they are known. */
  expect(octets: number): void {
    this.#expected = octets;
  }

  moved(octets: number): void {
    this.#octets += octets;
    this.#progress.update(this.#octets, this.#expected);
  }

  /** Nothing was to be done for a file. */
  same(): void {
    this.#counts.skipped += 1;
  }

  /** Something would be done. */
  planned(): void {
    this.#planned += 1;
  }

  async add(entry: Entry): Promise<void> {
    this.#counts[entry.action] += 1;
    const proof = entry.outcome?.proof;
    if (proof !== undefined && entry.action === 'copied') this.#proofs.add(proof);
    if (entry.error) this.#tell(entry.error, entry.from ?? entry.to ?? '');
    else if (this.#first) this.#say();
    if (this.#ui.verbose > 0) this.#ui.detail(detailOf(entry));
    if (this.#streams) await this.#ui.item({ schema: 'cs.transfer/1', ...entryJson(entry) }, () => '');
  }

  #tell(error: CsError, name: string): void {
    if (this.#first) {
      this.#say();
      this.#warn(error, name);
    } else this.#first = { error, name, told: false };
  }

  #say(): void {
    if (!this.#first || this.#first.told) return;
    this.#first.told = true;
    this.#warn(this.#first.error, this.#first.name);
  }

  #warn(error: CsError, name: string): void {
    const message = escapeLine(error.message);
    this.#ui.warn(message.includes(escapeLine(name)) ? message : `${escapeLine(name)}: ${message}`);
  }

  stop(): void {
    this.#progress.end();
  }

  /** Prints the summary. Throws what the only failure was, or `CS_PARTIAL` where something went well. */
  async end(schema: string, more: { readonly [key: string]: Json } = {}): Promise<void> {
    this.#progress.end();
    const { failed, ...counts } = this.#counts;
    // Directories alone are no success of anything.
    const { made: _made, ...things } = counts;
    const done = Object.values(things).reduce((sum, count) => sum + count, 0);
    const ms = Math.round(performance.now() - this.#began);
    if (this.#first && done === 0) throw failed === 1 ? this.#first.error : all(this.#first.error, failed);
    if (this.#first) this.#say();
    const proof = [...this.#proofs].sort().join(' ') || null;
    const summary = { schema, ...counts, failed, bytes: this.#octets, proof, ms, ...more };
    // Data of a stream is its items; `--format` describes those and not the summary.
    if (!this.#streams || this.#ui.json) await this.#ui.result(summary, () => '');
    this.#ui.note(this.#words(ms, proof));
    if (failed > 0) throw new CsError('CS_PARTIAL', `${failed} of ${failed + done} failed`);
  }

  #words(ms: number, proof: string | null): string {
    const { copied, renamed, skipped, touched, made, removed } = this.#counts;
    const many = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
    const parts = [
      ...many(copied, `copied (${showSize(this.#octets)}${proof ? `, proved by ${proof}` : ''})`),
      ...many(renamed, 'renamed'),
      ...many(this.#planned, 'to do'),
      ...many(touched, 'given their time'),
      ...many(skipped, 'left as they were'),
      ...many(made, `director${made === 1 ? 'y' : 'ies'} made`),
      ...many(removed, 'removed'),
    ];
    return `${parts.length === 0 ? 'nothing to do' : parts.join(', ')} in ${showDuration(ms)}`;
  }
}

function entryJson({ action, from, to, outcome, ms = 0, error }: Entry): { [key: string]: Json } {
  const { bytes = 0, proof = 'none', remote = false, resumed = 0, attempts = 0 } = outcome ?? {};
  const failure = error && { code: error.code, message: error.message, exit_code: error.exit };
  return {
    ...{ action, from, to, bytes, proof, remote, resumed_bytes: resumed, attempts },
    ...{ ms: Math.round(ms), error: failure ?? null },
  };
}

/** Several, and nothing else: the first one says what they are like. */
function all(first: CsError, count: number): CsError {
  return new CsError(first.code, `all ${count} failed; the first: ${first.message}`, { cause: first });
}

/** `copied a -> b` */
function detailOf({ action, from, to }: Entry): string {
  const names = [from, to].flatMap((name) => (name === null ? [] : [escapeLine(name)]));
  return `${action} ${names.join(' -> ')}`;
}
