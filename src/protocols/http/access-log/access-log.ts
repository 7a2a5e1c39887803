import type { Log } from '../../../contracts/store.ts';
import type { Answered } from '../../shared/http/answered.ts';
import { LineFile } from './line-file.ts';
import { combinedLine, jsonLine, type LineOf } from './record.ts';

const FORMATS = { combined: combinedLine, json: jsonLine } as const satisfies Record<string, LineOf>;

/** Undefined where none is asked for. @param path `-` is stdout */
export function accessLog(
  path: string | undefined,
  format: keyof typeof FORMATS,
  log: Log,
): ((exchange: Answered) => void) | undefined {
  if (path === undefined) return undefined;
  const file = new LineFile(path, log);
  const line = FORMATS[format];
  return (exchange) => file.add(line(exchange, new Date()));
}
