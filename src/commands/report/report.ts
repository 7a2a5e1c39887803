/** Reports for CI systems (surface.md section 11): `junit=FILE`, `tap=FILE`, `ndjson=FILE`, `github`. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CsError } from '../../kit/errors.ts';
import { redact } from '../../kit/secret.ts';
import { junit, ndjson, tap } from './formats.ts';
import { annotation, group, summaryTable } from './github.ts';

export interface ReportCase {
  readonly name: string;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly ms: number;
  /** One line: why it failed. */
  readonly message?: string;
  /** Many lines: what was seen. */
  readonly details?: string;
}

export interface Report {
  case(one: ReportCase): void;
  /** Writes every report; a file that cannot be written is `CS_LOCAL_IO`. */
  finish(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const FILES = { junit, tap, ndjson } as const;

/** Throws `CS_USAGE` for what is no report, before anything ran. */
export function createReport(specs: readonly string[], env: Environment): Report {
  const outputs = specs.map((spec) => parse(spec));
  const cases: ReportCase[] = [];
  return {
    case: (one) => {
      cases.push({
        ...one,
        name: redact(one.name),
        message: one.message && redact(one.message),
        details: one.details && redact(one.details),
      });
    },
    finish: async () => {
      for (const { kind, file } of outputs) {
        if (kind === 'github') toGithub(cases, env);
        else toFile(file, FILES[kind](cases));
      }
    },
  };
}

function parse(spec: string): { kind: keyof typeof FILES | 'github'; file: string } {
  const [, kind = '', file = ''] = /^([a-z]+)(?:=(.+))?$/.exec(spec) ?? [];
  if (kind === 'github' && file === '') return { kind, file };
  if (Object.hasOwn(FILES, kind) && file !== '') return { kind: kind as keyof typeof FILES, file };
  throw new CsError('CS_USAGE', `not a report: ${JSON.stringify(spec)}`, {
    hint: 'junit=FILE, tap=FILE, ndjson=FILE or github',
  });
}

function toFile(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new CsError('CS_LOCAL_IO', `cannot write the report ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Annotations and groups are for the log of the step, which is stderr here: stdout belongs to the command. */
function toGithub(cases: readonly ReportCase[], env: Environment): void {
  for (const one of cases) {
    if (one.details !== undefined) process.stderr.write(group(one.name, one.details));
    if (!one.ok) process.stderr.write(annotation(one));
  }
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, summaryTable(cases));
}
