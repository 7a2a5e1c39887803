import assert from 'node:assert/strict';
import { test } from 'node:test';
import { envelope } from '../../conformance/harness.ts';
import { inboxStage } from './stage.ts';

test('it lives, is ready, and says when it does not keep up', async () => {
  let over = false;
  await using stage = await inboxStage({ overloaded: () => over });
  assert.equal(String((await stage.ask('/livez')).body), 'ok\n');
  assert.equal((await stage.ask('/readyz')).status, 200);
  over = true;
  assert.equal((await stage.ask('/readyz')).status, 503);
});

test('its numbers, as Prometheus reads them', async () => {
  await using stage = await inboxStage();
  const raw = 'Subject: s\r\n\r\nhi\r\n';
  await stage.deliver(raw);
  await stage.deliver(raw);
  const draft = await stage.store.spool.open(envelope(['a@x.test', 'b@x.test']));
  await draft.commit();
  const { body, headers } = await stage.ask('/metrics');
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const lines = String(body).split('\n');
  for (const line of [
    'cs_mail_messages 2',
    'cs_mail_unseen 2',
    `cs_mail_bytes ${2 * raw.length}`,
    'cs_mail_stored_total 2',
    'cs_queue_recipients 2',
    '# TYPE cs_connections_total counter',
    'cs_connections{server="smtp"} 1',
    'cs_connections_total{server="smtp"} 7',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  for (const line of lines) assert.match(line, /^(?:$|# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^}]*\})? [\d.e+-]+)$/);
});
