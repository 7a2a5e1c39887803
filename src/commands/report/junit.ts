import { redact } from '../../kit/secret.ts';
import { type ReportCase, type ReportWriter, withoutControls } from './case.ts';
import { publish } from './publish.ts';

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function xml(text: string): string {
  return withoutControls(redact(text)).replace(/[&<>"']/g, (unit) => ENTITY[unit] ?? unit);
}

function attribute(text: string): string {
  return xml(text).replaceAll('\r', '&#13;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function element({ name, ok, ms, message = 'failed', details = '' }: ReportCase): string {
  const open = `    <testcase classname="cs" name="${attribute(name)}" time="${seconds(ms)}"`;
  if (ok) return `${open}/>`;
  return `${open}>\n      <failure message="${attribute(message)}">${xml(details)}</failure>\n    </testcase>`;
}

/** JUnit's XML, as CI systems read it. */
export function junitReport(file: string): ReportWriter {
  const cases: ReportCase[] = [];
  return {
    case: (result) => void cases.push(result),
    finish: () => {
      const failures = cases.filter(({ ok }) => !ok).length;
      const time = seconds(cases.reduce((sum, { ms }) => sum + ms, 0));
      const counts = `tests="${cases.length}" failures="${failures}" errors="0" time="${time}"`;
      return publish(
        file,
        [
          '<?xml version="1.0" encoding="UTF-8"?>',
          `<testsuites ${counts}>`,
          `  <testsuite name="cs" ${counts}>`,
          ...cases.map(element),
          '  </testsuite>',
          '</testsuites>',
          '',
        ].join('\n'),
      );
    },
  };
}
