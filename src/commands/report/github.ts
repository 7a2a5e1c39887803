/** GitHub's workflow commands. Whatever came from a peer is encoded, so that it can start no command of its own. */
import { escapeBlock, escapeLine } from '../../kit/escape.ts';
import type { ReportCase } from './report.ts';

const data = (text: string): string =>
  escapeBlock(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export function annotation({ name, message = 'failed' }: ReportCase): string {
  return `::error title=${property(escapeLine(name, 200))}::${data(message)}\n`;
}

export function group(title: string, text: string): string {
  return `::group::${data(escapeLine(title, 200))}\n${escapeBlock(text)}\n::endgroup::\n`;
}

/** A Markdown table for the step's summary page. */
export function summaryTable(cases: readonly ReportCase[]): string {
  const cell = (text: string): string => escapeLine(text, 300).replace(/[|<>`*_[\]\\]/g, (char) => `\\${char}`);
  const rows = cases.map(
    ({ name, ok, ms, message = '' }) => `| ${ok ? 'passed' : 'failed'} | ${cell(name)} | ${ms} ms | ${cell(message)} |`,
  );
  return `| cs | what | time | why |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}
