import { redact } from '../../kit/secret.ts';
import type { ReportWriter } from './case.ts';
import { publish } from './publish.ts';

/** One JSON object a case. */
export function ndjsonReport(file: string): ReportWriter {
  const lines: string[] = [];
  return {
    case({ name, ok, ms, message, details }) {
      const object = {
        schema: 'cs.case/1',
        name,
        ok,
        duration_ms: ms,
        message: message ?? null,
        details: details ?? null,
      };
      lines.push(redact(JSON.stringify(object)));
    },
    finish: () => publish(file, lines.map((line) => `${line}\n`).join('')),
  };
}
