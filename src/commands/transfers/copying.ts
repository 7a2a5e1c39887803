/** `cp`, `put`, `mv` and `get -r`: everything that the sources name goes to one destination. */
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { expand } from '../places/expand.ts';
import { literalPlace } from '../places/literal-place.ts';
import { commonDirectory } from '../places/local.ts';
import type { Operand } from '../places/operand.ts';
import type { FilePlace, Found } from '../places/place.ts';
import { walk } from '../places/walk.ts';
import { about, failureAt } from '../places/words.ts';
import { checkApart, type Destination, destination, targetOf } from './destination.ts';
import type { FileTask } from './rules.ts';
import type { Session } from './session.ts';
import { optimizeLate } from './tiering.ts';
import { transfer } from './transfer.ts';

export interface CopyOrder {
  readonly sources: readonly Operand[];
  readonly target: Operand;
  readonly recursive: boolean;
  /** The sources go once their copies stand; in one place they are renamed. */
  readonly move: boolean;
  readonly dryRun: boolean;
}

export async function copyAll(session: Session, order: CopyOrder): Promise<void> {
  const { places, crew, rules } = session;
  const { sources, target, move } = order;
  const together = move ? commonDirectory([...sources, target]) : undefined;
  const place = await literalPlace(places, target, together);
  if (order.recursive) optimizeLate(crew);
  const several = sources.length > 1 || sources.some(({ patterns }) => patterns.length > 0);
  const to = await destination(place, several, rules.signal);
  const copying = new Copying(session, order, to);
  let expected = 0;
  for (const source of sources) {
    const from = await places.open(source, together);
    await copying.attempt(from, from.path, async () => {
      for await (const found of expand(from, rules.signal, session.patience.moved)) {
        await copying.take(from, found);
        expected += found.facts.size;
      }
    });
  }
  session.ledger.expect(expected + copying.below);
  await crew.end();
  await copying.skipHollow();
  await copying.removeEmptied();
}

class Copying {
  readonly #session: Session;
  readonly #order: CopyOrder;
  readonly #to: Destination;
  /** Directories that were moved, file by file: they go last, the deepest first. */
  #emptied: { readonly place: FilePlace; readonly path: FilePath }[] = [];
  /** Directories of the target that were made here: nothing was in them. */
  readonly #fresh = new Set<string>();
  /** Directories that would come with the first file in them, by their path in the target; none has come. */
  readonly #hollow = new Map<
    string,
    { readonly from: FilePlace; readonly path: FilePath; readonly target: FilePath }
  >();
  /** Octets below directories, as far as they were walked. */
  below = 0;

  constructor(session: Session, order: CopyOrder, to: Destination) {
    this.#session = session;
    this.#order = order;
    this.#to = to;
  }

  /** What fails is told, and the rest goes on; what stops the command stops it. */
  async attempt(place: FilePlace, path: FilePath, work: () => Promise<void>, to: string | null = null): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#session.rules.signal.throwIfAborted();
      const failure = failureAt(error, place, path);
      if (failure.blame === 'bug') throw error;
      await this.#session.ledger.add({ action: 'failed', from: place.show(path), to, error: failure });
    }
  }

  async take(from: FilePlace, found: Found): Promise<void> {
    const target = targetOf(this.#to, found);
    await this.attempt(from, found.path, async () => {
      checkApart(from, found, this.#to, target);
      if (this.#order.move && (await this.#renamed(from, found, target))) return;
      if (found.facts.kind === 'file') await this.#file(from, found, target);
      else await this.#directory(from, found, target);
    });
  }

  async #renamed(from: FilePlace, found: Found, target: FilePath): Promise<boolean> {
    const { tree } = this.#to.place;
    if (from.tree !== tree || !tree.rename) return false;
    const { rules, ledger } = this.#session;
    const { overwrite, signal } = rules;
    // Only the transfer compares times; and what cannot be renamed (another file system) is carried.
    if (overwrite === 'older') return false;
    const entry = { from: from.show(found.path), to: this.#to.place.show(target) };
    if (!this.#order.dryRun) {
      try {
        await tree.rename(found.path, target, { replace: overwrite === 'always' }, signal);
      } catch (error) {
        if (!(error instanceof CsError)) throw error;
        if (error.code === 'CS_UNSUPPORTED') return false;
        if (error.code !== 'CS_EXISTS' || overwrite === 'always') throw failureAt(error, this.#to.place, target);
        await ledger.add({ action: 'skipped', ...entry });
        return true;
      }
    }
    await ledger.add({ action: 'renamed', ...entry });
    return true;
  }

  async #directory(from: FilePlace, found: Found, target: FilePath): Promise<void> {
    if (!this.#order.recursive) {
      throw new CsError('CS_IS_DIRECTORY', `${from.show(found.path)} is a directory`, { hint: 'give -r' });
    }
    await this.#make(from, found, target);
    const { signal } = this.#session.rules;
    const seen = this.#session.patience.moved;
    const failed = (path: FilePath, error: unknown) =>
      this.attempt(from, path, () => {
        throw error;
      });
    const { move } = this.#order;
    for await (const inner of walk(from, found, { signal, seen, failed, links: !move })) {
      const path = [...target, ...inner.path.slice(found.path.length)];
      if (move && inner.facts.kind === 'directory' && from.isLink(inner.path)) {
        await failed(inner.path, new CsError('CS_UNSUPPORTED', `${from.show(inner.path)} is a link to a directory`));
        continue;
      }
      this.below += inner.facts.size;
      if (inner.facts.kind === 'file') await this.#file(from, inner, path);
      else await this.attempt(from, inner.path, () => this.#make(from, inner, path));
    }
  }

  async #make(from: FilePlace, found: Found, target: FilePath): Promise<void> {
    const { place } = this.#to;
    const { ledger, rules } = this.#session;
    if (this.#order.move) this.#emptied.push({ place: from, path: found.path });
    if (target.length === 0) return;
    if (place.tree.impliesDirectories)
      return void this.#hollow.set(showPath(target), { from, path: found.path, target });
    if (!this.#order.dryRun) {
      if (!(await makeDirectory(place, target, rules.signal))) return void this.#fresh.delete(showPath(target));
      this.#fresh.add(showPath(target));
    }
    await ledger.add({ action: 'made', from: null, to: place.show(target) });
  }

  async #file(from: FilePlace, found: Found, target: FilePath): Promise<void> {
    const { place } = this.#to;
    for (let depth = target.length - 1; depth > 0 && this.#hollow.size > 0; depth--)
      this.#hollow.delete(showPath(target.slice(0, depth)));
    const fresh = this.#fresh.has(showPath(target.slice(0, -1)));
    const ends = { from: { place: from, path: found.path }, to: { place, path: target } };
    const task = { ...ends, facts: found.facts, ...(fresh ? { there: null } : {}) };
    const work = () => this.attempt(from, found.path, () => this.#carry(task), place.show(target));
    await this.#session.crew.begin(work);
  }

  async #carry(task: FileTask): Promise<void> {
    const { ledger, rules } = this.#session;
    const began = performance.now();
    const names = { from: task.from.place.show(task.from.path), to: task.to.place.show(task.to.path) };
    if (this.#order.dryRun) return ledger.add({ action: 'copied', ...names });
    const outcome = await transfer(task, rules);
    if (this.#order.move && outcome.action === 'copied')
      await task.from.place.tree.remove?.(task.from.path, 'file', rules.signal);
    await ledger.add({ action: outcome.action, ...names, outcome, ms: performance.now() - began });
  }

  /** Told as left; who moves them keeps them, and what they are in. */
  async skipHollow(): Promise<void> {
    const kept = new Set<string>();
    for (const { from, path, target } of this.#hollow.values()) {
      for (let depth = path.length; depth > 0; depth--) kept.add(from.show(path.slice(0, depth)));
      const names = { from: from.show(path), to: this.#to.place.show(target) };
      await this.#session.ledger.add({ action: 'skipped', ...names });
    }
    if (kept.size > 0) this.#emptied = this.#emptied.filter(({ place, path }) => !kept.has(place.show(path)));
  }

  /** Only where everything went well: what could not be carried stays where it is, and so does its directory. */
  async removeEmptied(): Promise<void> {
    const { ledger, rules } = this.#session;
    if (this.#order.dryRun || ledger.failed > 0) return;
    for (const { place, path } of this.#emptied.reverse()) {
      await this.attempt(place, path, async () => {
        await about(place, path, Promise.resolve(place.tree.remove?.(path, 'directory', rules.signal)));
      });
    }
  }
}

/** Resolves to false where one stands there already. */
export async function makeDirectory(place: FilePlace, path: FilePath, signal: AbortSignal): Promise<boolean> {
  const { tree } = place;
  if (!tree.makeDir) {
    const why = tree.write ? 'is in a place that makes no directories' : 'is in a place that is read only';
    const hint = tree.impliesDirectories && `a file brings its directory along: cs put FILE ${place.show(path)}/`;
    throw new CsError('CS_UNSUPPORTED', `${place.show(path)} ${why}`, hint ? { hint } : {});
  }
  try {
    await tree.makeDir(path, signal);
    return true;
  } catch (error) {
    if (!(error instanceof CsError && error.code === 'CS_EXISTS')) throw failureAt(error, place, path);
    const { kind } = await about(place, path, tree.stat(path, signal));
    if (kind !== 'directory') throw new CsError('CS_NOT_DIRECTORY', `${place.show(path)} is no directory`);
    return false;
  }
}
