/** What was answered, counted, as Prometheus reads it (text format 0.0.4). */

import { residentMemory } from '../../../kit/resident-memory.ts';
import type { Answered } from '../../shared/http/answered.ts';

/** Seconds; the last bucket is everything. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Any other word of a client would be a series of its own. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What one process counted. */
export interface MetricsPart {
  /** `GET 200` → how often. */
  readonly requests: { readonly [key: string]: number };
  readonly buckets: readonly number[];
  readonly seconds: number;
  readonly count: number;
  readonly octets: number;
  /** Octets. */
  readonly rss: number;
}

export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #buckets: number[];
  #seconds: number;
  #count: number;
  #octets: number;

  /** @param before what is gone on from */
  constructor(before?: MetricsPart) {
    for (const [key, count] of Object.entries(before?.requests ?? {})) this.#requests.set(key, count);
    this.#buckets = before ? [...before.buckets] : new Array<number>(BUCKETS.length).fill(0);
    this.#seconds = before?.seconds ?? 0;
    this.#count = before?.count ?? 0;
    this.#octets = before?.octets ?? 0;
  }

  readonly answered = ({ method, status, octets, ms }: Answered): void => {
    const key = `${METHODS.has(method) ? method : 'other'} ${status}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    const seconds = ms / 1000;
    this.#count += 1;
    this.#seconds += seconds;
    this.#octets += octets;
    const bucket = BUCKETS.findIndex((most) => seconds <= most);
    if (bucket !== -1) this.#buckets[bucket]! += 1;
  };

  readonly part = (): MetricsPart => ({
    requests: Object.fromEntries(this.#requests),
    buckets: this.#buckets,
    seconds: this.#seconds,
    count: this.#count,
    octets: this.#octets,
    rss: residentMemory(),
  });
}

/** @param parts of every process that serves */
export function metricsText(parts: readonly MetricsPart[]): string {
  const all = (of: (part: MetricsPart) => number): number => parts.reduce((sum, part) => sum + of(part), 0);
  const keys = [...new Set(parts.flatMap(({ requests }) => Object.keys(requests)))].sort();
  const requests = keys.map((key) => {
    const [method, code] = key.split(' ');
    const count = all((part) => part.requests[key] ?? 0);
    return `cs_http_requests_total{method="${method}",code="${code}"} ${count}`;
  });
  let sum = 0;
  const buckets = BUCKETS.map((most, at) => {
    sum += all((part) => part.buckets[at] ?? 0);
    return `cs_http_request_duration_seconds_bucket{le="${most}"} ${sum}`;
  });
  return [
    ...about('cs_http_requests_total', 'counter', 'Requests that were answered.'),
    ...requests,
    ...about('cs_http_response_octets_total', 'counter', 'Octets of content that were sent.'),
    `cs_http_response_octets_total ${all(({ octets }) => octets)}`,
    ...about('cs_http_request_duration_seconds', 'histogram', 'From the end of its head to the end of its answer.'),
    ...buckets,
    `cs_http_request_duration_seconds_bucket{le="+Inf"} ${all(({ count }) => count)}`,
    `cs_http_request_duration_seconds_sum ${all(({ seconds }) => seconds)}`,
    `cs_http_request_duration_seconds_count ${all(({ count }) => count)}`,
    ...about('process_resident_memory_bytes', 'gauge', 'Memory of the processes that serve.'),
    `process_resident_memory_bytes ${all(({ rss }) => rss)}`,
    ...about('process_start_time_seconds', 'gauge', 'When the process was started.'),
    `process_start_time_seconds ${performance.timeOrigin / 1000}`,
    '',
  ].join('\n');
}

function about(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
