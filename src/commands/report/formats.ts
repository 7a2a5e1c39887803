import { escapeBlock, escapeLine } from '../../kit/escape.ts';
import type { ReportCase } from './report.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 text: escaped, and without the characters that XML cannot hold at all. */
export function xml(text: string): string {
  return escapeBlock(text)
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
    .replace(/[\ufffe\uffff]/g, '?');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** JUnit as Jenkins and GitLab read it. */
export function junit(cases: readonly ReportCase[]): string {
  const failures = cases.filter(({ ok }) => !ok).length;
  const total = cases.reduce((sum, { ms }) => sum + ms, 0);
  const rows = cases.map(({ name, ok, ms, message = '', details = '' }) => {
    const head = `    <testcase classname="cs" name="${xml(escapeLine(name))}" time="${seconds(ms)}"`;
    return ok
      ? `${head}/>`
      : `${head}>\n      <failure message="${xml(escapeLine(message))}">${xml(details)}</failure>\n    </testcase>`;
  });
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" time="${seconds(total)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n  <testsuite name="cs" ${counts}>\n${rows.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}

/** TAP version 13; `#` in a name would begin a directive. */
export function tap(cases: readonly ReportCase[]): string {
  const rows = cases.map(({ name, ok, ms, message, details }, index) => {
    const line = `${ok ? 'ok' : 'not ok'} ${index + 1} - ${escapeLine(name).replaceAll('#', '\\#')}`;
    const facts: Record<string, unknown> = { duration_ms: ms, message, details: details && escapeBlock(details) };
    const yaml = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
    return [line, '  ---', ...yaml, '  ...'].join('\n');
  });
  return `TAP version 13\n1..${cases.length}\n${rows.join('\n')}\n`;
}

export function ndjson(cases: readonly ReportCase[]): string {
  return cases
    .map(
      ({ name, ok, ms, message = null, details = null }) =>
        `${JSON.stringify({ schema: 'cs.report/1', name, ok, duration_ms: ms, message, details })}\n`,
    )
    .join('');
}
