import { CsError } from './errors.ts';

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `500ms 30s 5m 2h 5d` → milliseconds. A bare `0` is zero; any other bare number is refused. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const [, digits = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|[smhd])$/.exec(text) ?? [];
  const factor = MS[unit];
  if (factor === undefined) {
    throw new CsError('CS_USAGE', `not a duration: ${JSON.stringify(text)}`, {
      hint: 'write 500ms, 30s, 5m, 2h or 5d',
    });
  }
  return Math.round(Number(digits) * factor);
}

/** `64k 25m 1g` (binary; an optional `b` or `ib` may follow) → bytes. */
export function parseSize(text: string): number {
  const [, digits = '', unit = '!'] = /^(\d{1,15}(?:\.\d{1,6})?)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = BYTES[unit.toLowerCase()];
  if (factor === undefined) {
    throw new CsError('CS_USAGE', `not a size: ${JSON.stringify(text)}`, { hint: 'write 512, 64k, 25m or 1g' });
  }
  return Math.round(Number(digits) * factor);
}

/** Milliseconds as a person reads them: `84 ms`, `3.2 s`, `5 m`. */
export function showDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1).replace(/\.0$/, '')} m`;
  return `${(ms / 3_600_000).toFixed(1).replace(/\.0$/, '')} h`;
}

/** Bytes as a person reads them, binary: `4.0 KiB`, `25 MiB`. */
export function showSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}
