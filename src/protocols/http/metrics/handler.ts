import { CsError } from '../../../kit/errors.ts';
import { canonicalPath } from '../../shared/http/path.ts';
import type { WebHandler } from '../web-request.ts';
import { METRICS_TYPE, type MetricsPart, metricsText } from './metrics.ts';

export interface MetricsPlace {
  covers(path: readonly string[]): boolean;
  readonly handle: WebHandler;
}

/**
 * @param written where they are read. Throws `CS_USAGE`.
 * @param parts what each process that serves has counted
 */
export function metricsAt(written: string, parts: () => Promise<readonly MetricsPart[]>): MetricsPlace {
  if (!/^\/[\w./-]+$/.test(written)) throw new CsError('CS_USAGE', `--metrics is a path: ${JSON.stringify(written)}`);
  const { path: names } = canonicalPath(written);
  const covers = (path: readonly string[]): boolean =>
    path.length === names.length && names.every((name, depth) => path[depth] === name);
  return {
    covers,
    handle: async ({ path }) => {
      if (!covers(path)) return undefined;
      return { status: 200, headers: { 'Content-Type': METRICS_TYPE }, body: metricsText(await parts()) };
    },
  };
}
