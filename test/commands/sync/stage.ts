/** A mirror run between two trees, with a screen that only remembers. */
import type { CommandContext } from '../../../src/commands/command.ts';
import { globalGroups } from '../../../src/commands/globals.ts';
import { parseOperand } from '../../../src/commands/places/operand.ts';
import type { FilePlace } from '../../../src/commands/places/place.ts';
import { syncOptions } from '../../../src/commands/sync/command.ts';
import { createFilter } from '../../../src/commands/sync/filter.ts';
import { Mirror } from '../../../src/commands/sync/mirror.ts';
import { Crew } from '../../../src/commands/transfers/crew.ts';
import { Ledger } from '../../../src/commands/transfers/ledger.ts';
import type { Rules } from '../../../src/commands/transfers/rules.ts';
import type { Session } from '../../../src/commands/transfers/session.ts';
import type { FileTree } from '../../../src/contracts/files.ts';
import type { Json } from '../../../src/contracts/journal.ts';
import { asCsError, type CsError } from '../../../src/kit/errors.ts';
import { showPath } from '../../../src/kit/file-path.ts';
import { defaults, type Options, type Values } from '../../../src/kit/option.ts';
import { MemoryTree } from '../../../src/stores/memory-tree/memory-tree.ts';
import { Room } from '../../../src/stores/memory-tree/room.ts';
import { PLAIN } from '../../../src/ui/colour.ts';
import type { Result, Ui } from '../../../src/ui/ui.ts';

export function memory(): MemoryTree {
  return new MemoryTree(new Room(1 << 30));
}

/** A tree as a far place, so that nothing is taken for granted of it. */
export function place(tree: FileTree, home: string, local = false): FilePlace {
  const operand = parseOperand(`${home}/`);
  return {
    tree,
    path: [],
    operand,
    home,
    local,
    isLink: () => false,
    unnamed: () => [],
    show: (path) => `${home}:${showPath(path)}`,
  };
}

export interface Wish {
  readonly options?: Partial<Values<typeof syncOptions> & { readonly dryRun: boolean }>;
  readonly rules?: Partial<Rules>;
  readonly signal?: AbortSignal;
  readonly far?: boolean;
}

export interface MirrorRan {
  readonly error: CsError | undefined;
  readonly summary: { readonly [key: string]: Json };
  readonly items: readonly Result[];
  readonly said: string;
}

export async function mirror(from: FileTree, to: FileTree, wish: Wish = {}): Promise<MirrorRan> {
  const seen = { items: [] as Result[], summary: {} as Result, said: '' };
  const say = (text: unknown): void => {
    seen.said += `${text}\n`;
  };
  const ui = {
    ...{ json: true, quiet: false, verbose: 0, interactive: false, log: () => {} },
    result: async (object: Result) => {
      seen.summary = object;
    },
    item: async (object: Result, human: (paint: typeof PLAIN) => string) => {
      seen.items.push(object);
      human(PLAIN);
    },
    ...{ note: say, detail: () => {}, warn: say, progress: () => ({ update() {}, end() {} }) },
  } as unknown as Ui;
  const globals = Object.assign({}, ...Object.values(globalGroups).map((group) => defaults(group as Options)));
  const options = { ...globals, ...defaults(syncOptions), ...wish.options };
  const ctx = { options, ui } as unknown as CommandContext<typeof syncOptions>;
  const ledger = new Ledger(ui, 'mirroring', true);
  const session = {
    rules: rules(wish),
    ledger,
    crew: new Crew(options.transfers),
    patience: { moved: () => {} },
  } as unknown as Session;
  const ends = {
    from: place(from, 'from'),
    to: place(to, 'to'),
    filter: createFilter(options.exclude, options.include),
  };
  try {
    await new Mirror(ctx, session, ends).run(true);
    await ledger.end('cs.sync/1');
    return { error: undefined, ...seen };
  } catch (error) {
    return { error: asCsError(error), ...seen };
  }
}

export function rules(wish: Wish = {}): Rules {
  return {
    overwrite: 'always',
    preserve: true,
    verify: wish.options?.verify,
    resume: false,
    segments: 1,
    retries: 0,
    pace: undefined,
    signal: wish.signal ?? new AbortController().signal,
    moved: () => {},
    spare: (work) => work,
    ...wish.rules,
  };
}
