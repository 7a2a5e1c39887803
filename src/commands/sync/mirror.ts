import type { FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { CommandContext } from '../command.ts';
import type { FilePlace } from '../places/place.ts';
import { failureAt, unnamable } from '../places/words.ts';
import { makeDirectory } from '../transfers/copying.ts';
import type { FileTask, Spot } from '../transfers/rules.ts';
import type { Session } from '../transfers/session.ts';
import { transfer } from '../transfers/transfer.ts';
import type { syncOptions } from './command.ts';
import { type Difference, difference } from './compare.ts';
import { Extras } from './extras.ts';
import type { Filter } from './filter.ts';
import { type MergeOrder, merge, type Step } from './merge.ts';
import { planLine } from './plan.ts';

const UNNAMED = { from: null, to: null };

interface Ends {
  readonly from: FilePlace;
  readonly to: FilePlace;
  readonly filter: Filter;
}

/** Carries out what `merge` finds: directories at once and in order, files by the crew, removals last. */
export class Mirror {
  readonly #ctx: CommandContext<typeof syncOptions>;
  readonly #session: Session;
  readonly #ends: Ends;
  readonly #extras: Extras;
  /** Names that have to be free first: a file here and a directory there, or the other way round. */
  readonly #late: Extract<Step, { kind: 'clash' }>[] = [];
  /** Directories of the target that could not be made: what belongs into them is told once, with them. */
  readonly #closed = new Set<string>();
  /** Not all of the source was seen: what is missing there may be there all the same. */
  #blind = false;

  constructor(ctx: CommandContext<typeof syncOptions>, session: Session, ends: Ends) {
    this.#ctx = ctx;
    this.#session = session;
    this.#ends = ends;
    this.#extras = new Extras(ends.to, ends.filter, ctx.options.maxDelete);
  }

  async run(there: boolean): Promise<void> {
    const { crew } = this.#session;
    const order = this.#order();
    for await (const step of merge(order, [], there)) await this.#take(step);
    await crew.end();
    if (this.#ctx.options.delete) await this.#remove();
    for (const { path, facts } of this.#late) {
      if (facts.kind === 'file') await this.#take({ kind: 'file', path, facts, there: null });
      else {
        await this.#take({ kind: 'directory', path, there: false });
        for await (const step of merge(order, path, false)) await this.#take(step);
      }
    }
    await crew.end();
  }

  #order(): MergeOrder {
    const { rules, patience } = this.#session;
    return {
      ...this.#ends,
      signal: rules.signal,
      seen: patience.moved,
      failed: async (end, path, error) => {
        this.#blind = true;
        await this.#fail(end, path, error);
      },
      unnamed: async (path, name) => {
        const { place, path: at } = this.#spot('from', path);
        await this.#fail('from', path, unnamable(place, at, name));
      },
    };
  }

  async #take(step: Step): Promise<void> {
    const { path } = step;
    if (this.#closed.has(path.slice(0, -1).join('/'))) {
      if (step.kind === 'directory') this.#closed.add(path.join('/'));
      return;
    }
    if (step.kind === 'directory') await this.#make(step.path, step.there);
    else if (step.kind === 'file') await this.#session.crew.begin(() => this.#file(step));
    else if (step.kind === 'extra') await this.#extra(step.path, step.facts);
    else await this.#clash(step);
  }

  async #make(path: FilePath, there: boolean): Promise<void> {
    if (there) return;
    const { place, path: at } = this.#spot('to', path);
    if (place.tree.impliesDirectories) return;
    try {
      if (!this.#ctx.options.dryRun) await makeDirectory(place, at, this.#session.rules.signal);
    } catch (error) {
      this.#closed.add(path.join('/'));
      return this.#fail('to', path, error);
    }
    if (this.#ctx.options.dryRun) return this.#plan('make', path);
    await this.#session.ledger.add({ action: 'made', from: null, to: place.show(at) });
  }

  async #file({ path, facts, there }: Extract<Step, { kind: 'file' }>): Promise<void> {
    const { rules, ledger } = this.#session;
    const { dryRun, verify } = this.#ctx.options;
    const task = { from: this.#spot('from', path), to: this.#spot('to', path), facts, there };
    try {
      const order = { ...task, byContent: verify === 'hash', signal: rules.signal };
      const why = there === null ? 'new' : await rules.spare(difference(order));
      if (why === undefined) ledger.same();
      else if (dryRun) await this.#plan(why === 'time' ? 'touch' : 'copy', path, { why, bytes: facts.size });
      else await this.#carry(task, why);
    } catch (error) {
      await this.#fail('from', path, error);
    }
  }

  async #carry(task: FileTask, why: Difference): Promise<void> {
    const { rules, ledger } = this.#session;
    const { from, to, facts } = task;
    const names = ledger.shows ? { from: from.place.show(from.path), to: to.place.show(to.path) } : UNNAMED;
    const began = performance.now();
    if (why === 'time') {
      if (rules.preserve) await to.place.tree.setAttributes?.(to.path, { modified: facts.modified }, rules.signal);
      return ledger.add({ action: 'touched', ...names });
    }
    const outcome = await transfer(task, rules);
    await ledger.add({ action: outcome.action, ...names, outcome, ms: performance.now() - began });
  }

  async #extra(path: FilePath, facts: FileFacts): Promise<void> {
    if (!this.#ctx.options.delete) return;
    const { rules, patience } = this.#session;
    await this.#extras.add({ path: this.#spot('to', path).path, facts }, rules.signal, patience.moved);
  }

  async #clash(step: Extract<Step, { kind: 'clash' }>): Promise<void> {
    const { path, facts, there } = step;
    if (this.#ctx.options.delete) {
      await this.#extra(path, there);
      this.#late.push(step);
      return;
    }
    const { place, path: at } = this.#spot('to', path);
    const words = `${place.show(at)} is a ${there.kind} there and a ${facts.kind} here`;
    await this.#fail('to', path, new CsError('CS_EXISTS', words, { hint: 'cs sync --delete makes room' }));
  }

  async #remove(): Promise<void> {
    const { ledger, rules, patience } = this.#session;
    const { to } = this.#ends;
    const doomed = this.#extras.all();
    if (doomed.length === 0) return;
    // Everything else is done by now.
    this.#extras.check();
    if (this.#blind) {
      this.#ctx.ui.warn('not everything could be listed, so nothing is removed');
      return;
    }
    for (const { path, facts } of doomed) {
      const below = path.slice(to.path.length);
      try {
        if (!to.tree.remove) throw new CsError('CS_UNSUPPORTED', `${to.show(path)} is in a place that keeps it`);
        if (this.#ctx.options.dryRun) await this.#plan('remove', below);
        else {
          await to.tree.remove(path, facts.kind, rules.signal);
          await ledger.add({ action: 'removed', from: null, to: to.show(path) });
        }
        patience.moved();
      } catch (error) {
        await this.#fail('to', below, error);
      }
    }
  }

  async #plan(
    action: string,
    path: FilePath,
    more: { readonly why: Difference | null; readonly bytes: number } = { why: null, bytes: 0 },
  ): Promise<void> {
    const step = { action, path: path.join('/'), ...more };
    this.#session.ledger.planned();
    await this.#ctx.ui.item({ schema: 'cs.plan/1', ...step }, () => planLine(step));
  }

  #spot(end: 'from' | 'to', path: FilePath): Spot {
    const place = this.#ends[end];
    return { place, path: [...place.path, ...path] };
  }

  async #fail(end: 'from' | 'to', path: FilePath, error: unknown): Promise<void> {
    this.#session.rules.signal.throwIfAborted();
    const { place, path: at } = this.#spot(end, path);
    const failure = failureAt(error, place, at);
    if (failure.blame === 'bug') throw error;
    const names = end === 'from' ? { from: place.show(at), to: null } : { from: null, to: place.show(at) };
    await this.#session.ledger.add({ action: 'failed', ...names, error: failure });
  }
}
