import { readFileSync } from 'node:fs';

/** Descriptors kept for files, listeners and the store. */
const RESERVED = 64;

/** How many connections this process's open-file limit allows: accept() past it fails without a word (trust.md 4). */
export function connectionsByOpenFiles(): number {
  const limit = openFileLimit();
  // The hard cap stands 10 % above the soft one.
  return Math.max(1, Math.floor((limit - RESERVED) / 1.1) - 1);
}

/** The soft limit of open files; infinite where the system does not say. */
export function openFileLimit(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return /^\d+$/.test(soft) ? Number(soft) : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

let open = 0;
let most: number | undefined;

/** One socket more in this process, whichever server's; false when only the reserve is left. */
export function takeDescriptor(): boolean {
  most ??= openFileLimit() - RESERVED;
  if (open >= most) return false;
  open += 1;
  return true;
}

export function giveDescriptor(): void {
  open -= 1;
}
