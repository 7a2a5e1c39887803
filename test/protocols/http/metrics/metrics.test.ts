import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsAt } from '../../../../src/protocols/http/metrics/handler.ts';
import { Metrics, metricsText } from '../../../../src/protocols/http/metrics/metrics.ts';
import type { Answered } from '../../../../src/protocols/shared/http/answered.ts';
import { say } from '../say.ts';
import { web } from '../stage.ts';
import { MapTree } from '../tree.ts';

test('counters by method and status, octets, a cumulative histogram', () => {
  const metrics = new Metrics();
  const told = (method: string, status: number, ms: number): void =>
    metrics.answered({ method, status, octets: 10, ms } as Answered);
  for (const ms of [0.4, 3, 3, 70, 20_000]) told('GET', 200, ms);
  told('PUT', 201, 1);
  for (let at = 0; at < 50; at++) told(`M${at}`, 405, 1);
  const text = metricsText([metrics.part()]);
  const value = (name: string): number =>
    Number(new RegExp(`^${name.replace(/[{}"+]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  assert.equal(value('cs_http_requests_total{method="GET",code="200"}'), 5);
  assert.equal(value('cs_http_requests_total{method="other",code="405"}'), 50);
  assert.equal(value('cs_http_response_octets_total'), 560);
  assert.equal(value('cs_http_request_duration_seconds_bucket{le="0.0005"}'), 1);
  assert.equal(value('cs_http_request_duration_seconds_bucket{le="0.005"}'), 54);
  assert.equal(value('cs_http_request_duration_seconds_bucket{le="10"}'), 55);
  assert.equal(value('cs_http_request_duration_seconds_bucket{le="+Inf"}'), 56);
  assert.equal(value('cs_http_request_duration_seconds_count'), 56);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^{}]*\})? [\d.e+-]+)$/);
  assert.ok(text.endsWith('\n'));
});

test('parts of several processes are one count, and one is gone on from', () => {
  const parts = [1, 3].map((times) => {
    const metrics = new Metrics();
    for (let at = 0; at < times; at++) metrics.answered({ method: 'GET', status: 200, octets: 5, ms: 3 } as Answered);
    return metrics.part();
  });
  const next = new Metrics(JSON.parse(JSON.stringify(parts[1])));
  next.answered({ method: 'HEAD', status: 304, octets: 0, ms: 3 } as Answered);
  const text = metricsText([parts[0]!, next.part()]);
  assert.match(text, /^cs_http_requests_total\{method="GET",code="200"\} 4$/m);
  assert.match(text, /^cs_http_requests_total\{method="HEAD",code="304"\} 1$/m);
  assert.match(text, /^cs_http_response_octets_total 20$/m);
  assert.match(text, /^cs_http_request_duration_seconds_bucket\{le="0.005"\} 5$/m);
  assert.match(text, /^cs_http_request_duration_seconds_count 5$/m);
});

test('read at the path that was chosen, by GET only, and counted themselves', async () => {
  await using stage = await web(new MapTree({ '/metrics': 'a file', '/a': 'x' }), { metrics: '/metrics' });
  await say(stage, 'GET', '/a');
  await say(stage, 'GET', '/none');
  await say(stage, 'GET', '/metrics');
  const { headers, body } = await say(stage, 'GET', '/metrics');
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(body, /cs_http_requests_total\{method="GET",code="200"\} 2\n/);
  assert.match(body, /cs_http_requests_total\{method="GET",code="404"\} 1\n/);
});

test('nothing is offered where it is not asked for, and only at a path', async () => {
  await using stage = await web(new MapTree());
  assert.equal((await say(stage, 'GET', '/metrics')).status, 404);
  for (const written of ['metrics', '/', '/a b', '/?x']) {
    assert.throws(() => metricsAt(written, async () => []), { code: 'CS_USAGE' }, written);
  }
});
