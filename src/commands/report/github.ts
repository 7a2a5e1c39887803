/** Annotations and a job summary for GitHub Actions. Commands go to stderr: stdout belongs to results. */
import { appendFile } from 'node:fs/promises';
import { escapeBlock, escapeLine } from '../../kit/escape.ts';
import { redact } from '../../kit/secret.ts';
import type { ReportCase, ReportWriter } from './case.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A command's message: what would end its line is encoded. */
function data(text: string): string {
  return redact(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function annotation({ name, message = 'failed', details = '' }: ReportCase): string {
  const lines = [`::error title=${property(escapeLine(name))}::${data(escapeBlock(message))}`];
  if (details !== '') {
    lines.push(`::group::${data(escapeLine(name))}`, redact(escapeBlock(details)), '::endgroup::');
  }
  return `${lines.join('\n')}\n`;
}

/** A table cell shows markup as the text it is. */
function cell(text: string): string {
  return escapeLine(redact(text), 300)
    .replace(/[&<>]/g, (unit) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[unit] ?? unit)
    .replace(/[\\|`*_[\]!~#@]/g, (unit) => `&#${unit.charCodeAt(0)};`);
}

function summary(cases: readonly ReportCase[]): string {
  const failed = cases.filter(({ ok }) => !ok).length;
  const rows = cases.map(
    ({ name, ok, ms, message = '' }) =>
      `| ${ok ? 'passed' : '**failed**'} | ${cell(name)} | ${ms} ms | ${cell(message)} |`,
  );
  return [
    `### cs: ${cases.length - failed} passed, ${failed} failed`,
    '',
    '| | what | time | why |',
    '| --- | --- | ---: | --- |',
    ...rows,
    '',
    '',
  ].join('\n');
}

export function githubReport(
  env: Environment,
  say: (text: string) => void = (text) => void process.stderr.write(text),
): ReportWriter {
  const cases: ReportCase[] = [];
  return {
    case(result) {
      cases.push(result);
      if (!result.ok) say(annotation(result));
    },
    async finish() {
      const file = env.GITHUB_STEP_SUMMARY;
      if (file) await appendFile(file, summary(cases));
    },
  };
}
