import { escapeBlock, escapeLine } from '../../kit/escape.ts';
import { redact } from '../../kit/secret.ts';
import type { ReportCase, ReportWriter } from './case.ts';
import { publish } from './publish.ts';

/** `#` and `\` would begin a directive. */
function description(text: string): string {
  return escapeLine(redact(text)).replace(/[\\#]/g, (unit) => `\\${unit}`);
}

function lines({ name, ok, ms, message = 'failed', details = '' }: ReportCase, index: number): string {
  const first = `${ok ? 'ok' : 'not ok'} ${index + 1} - ${description(name)}`;
  const block = ['  ---', `  duration_ms: ${ms}`];
  if (!ok) {
    block.push(`  message: ${JSON.stringify(redact(message))}`);
    const shown = escapeBlock(redact(details)).split('\n');
    if (details !== '') block.push('  details: |', ...shown.map((line) => `    ${line}`));
  }
  return [first, ...block, '  ...'].join('\n');
}

/** TAP version 14. */
export function tapReport(file: string): ReportWriter {
  const cases: ReportCase[] = [];
  return {
    case: (result) => void cases.push(result),
    finish: () => publish(file, ['TAP version 14', `1..${cases.length}`, ...cases.map(lines), ''].join('\n')),
  };
}
