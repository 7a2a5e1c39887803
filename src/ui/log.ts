import { createWriteStream } from 'node:fs';
import type { Log } from '../contracts/store.ts';
import { escapeLine } from '../kit/escape.ts';
import { redact } from '../kit/secret.ts';
import { openToAppend } from './unwritable.ts';

export const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export type Level = (typeof LEVELS)[number];

/** One record is at most this long (trust.md AU-06). */
const RECORD = 8192;
const FIELD = 1000;

/**
 * Log records as one escaped line each, to stderr or a file; a log that cannot be written is dropped and counted, never fatal.
 * Throws `CS_LOCAL_IO` for a file that cannot be opened.
 */
export function createLog(
  level: Level,
  style: 'text' | 'json',
  file: string | undefined,
): { log: Log; dropped: () => number } {
  const limit = LEVELS.indexOf(level);
  let dropped = 0;
  const stream = file === undefined ? process.stderr : createWriteStream(file, { fd: openToAppend(file, 'the log') });
  stream.on('error', () => {
    dropped += 1;
  });
  const log: Log = (at, event, facts = {}) => {
    if (LEVELS.indexOf(at) > limit) return;
    const safe: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(facts)) {
      if (value !== undefined) safe[key] = typeof value === 'string' ? redact(value).slice(0, FIELD) : value;
    }
    const ts = new Date().toISOString();
    const line = style === 'json' ? JSON.stringify({ ts, level: at, event, ...safe }) : textRecord(ts, at, event, safe);
    if (stream.writableLength > 1 << 20) {
      dropped += 1;
      return;
    }
    stream.write(`${line.length > RECORD ? line.slice(0, RECORD) : line}\n`);
  };
  return { log, dropped: () => dropped };
}

function textRecord(ts: string, level: string, event: string, facts: Record<string, unknown>): string {
  const parts = Object.entries(facts).map(([key, value]) => {
    const text = escapeLine(Array.isArray(value) ? value.join(',') : String(value));
    return `${key}=${/[\s"=]/.test(text) || text === '' ? JSON.stringify(text) : text}`;
  });
  return [ts, level, event, ...parts].join(' ');
}
