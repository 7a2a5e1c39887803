import { CsError } from '../../kit/errors.ts';
import type { ReportCase, ReportWriter } from './case.ts';
import { githubReport } from './github.ts';
import { junitReport } from './junit.ts';
import { ndjsonReport } from './ndjson.ts';
import { tapReport } from './tap.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const FILES: Readonly<Record<string, (file: string) => ReportWriter>> = {
  junit: junitReport,
  tap: tapReport,
  ndjson: ndjsonReport,
};

/** `--report` as written: `junit=FILE`, `tap=FILE`, `ndjson=FILE`, `github`. Throws `CS_USAGE`; files appear at `finish`. */
export function createReport(specs: readonly string[], env: Environment = process.env): ReportWriter {
  const writers = specs.map((spec) => writerFor(spec, env));
  return {
    case(result: ReportCase): void {
      for (const writer of writers) writer.case(result);
    },
    async finish(): Promise<void> {
      for (const writer of writers) await writer.finish();
    },
  };
}

function writerFor(spec: string, env: Environment): ReportWriter {
  const at = spec.indexOf('=');
  const kind = at === -1 ? spec : spec.slice(0, at);
  const file = at === -1 ? '' : spec.slice(at + 1);
  if (kind === 'github' && file === '') return githubReport(env);
  const make = Object.hasOwn(FILES, kind) ? FILES[kind] : undefined;
  if (make === undefined || file === '') {
    throw new CsError('CS_USAGE', `not a report: ${JSON.stringify(spec)}`, {
      hint: 'junit=FILE, tap=FILE, ndjson=FILE or github',
    });
  }
  return make(file);
}
