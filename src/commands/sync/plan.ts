import { escapeLine } from '../../kit/escape.ts';
import { showSize } from '../../kit/units.ts';

/** One line of `--dry-run`: `copy    docs/a.html (new, 1.2 KiB)`. */
export function planLine(step: {
  readonly action: string;
  readonly path: string;
  readonly why: string | null;
  readonly bytes: number;
}): string {
  const more = step.why === null ? '' : ` (${step.why}, ${showSize(step.bytes)})`;
  return `${step.action.padEnd(6)}  ${escapeLine(step.path, 4096)}${more}`;
}
