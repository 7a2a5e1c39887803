/** One big file by several ranges at once, handed on in order and within a fixed memory. */
import type { OpenFile } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';

/** Octets of one range. Each worker holds one, so that memory is that times the number of workers. */
export const BLOCK = 8 * 1024 * 1024;

interface Slot {
  readonly filled: Promise<readonly Uint8Array[]>;
  fill(chunks: readonly Uint8Array[]): void;
  fail(error: unknown): void;
  readonly taken: Promise<void>;
  take(): void;
}

/**
 * The octets from `start` to `size`. Every worker has the file open once; all must have opened the same version.
 * Throws `CS_CHANGED` otherwise.
 */
export async function* inSegments(
  open: () => Promise<OpenFile>,
  { start, size, count }: { readonly start: number; readonly size: number; readonly count: number },
): AsyncGenerator<Uint8Array> {
  const blocks = Math.ceil((size - start) / BLOCK);
  const slots = Array.from({ length: Math.max(0, blocks) }, createSlot);
  let next = 0;
  let over = false;
  let tag: string | undefined;
  const work = async (): Promise<void> => {
    await using file = await open();
    tag ??= file.facts.tag;
    if (file.facts.tag !== tag || file.facts.size !== size) throw changed();
    while (next < blocks && !over) {
      const at = next++;
      const from = start + at * BLOCK;
      slots[at]?.fill(await block(file, from, Math.min(from + BLOCK, size)));
      await slots[at]?.taken;
    }
  };
  const fail = (error: unknown): void => {
    over = true;
    for (const slot of slots) slot.fail(error);
  };
  const workers = Array.from({ length: Math.min(count, blocks) }, () => work().catch(fail));
  try {
    for (const slot of slots) {
      yield* await slot.filled;
      slot.take();
    }
  } finally {
    over = true;
    for (const slot of slots) slot.take();
    await Promise.all(workers);
  }
}

async function block(file: OpenFile, start: number, end: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of file.read({ start, end })) {
    chunks.push(chunk);
    length += chunk.length;
  }
  if (length !== end - start) throw changed();
  return chunks;
}

function changed(): CsError {
  return new CsError('CS_CHANGED', 'the file was changed while it was read');
}

function createSlot(): Slot {
  let fill: Slot['fill'] = () => {};
  let fail: Slot['fail'] = () => {};
  let take: Slot['take'] = () => {};
  const filled = new Promise<readonly Uint8Array[]>((resolve, reject) => {
    fill = resolve;
    fail = reject;
  });
  // Whoever reads sees the failure; slots that nobody came to must not be an unhandled one.
  filled.catch(() => {});
  const taken = new Promise<void>((resolve) => {
    take = resolve;
  });
  return { filled, fill, fail, taken, take };
}
