import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forget, Secret } from '../../../src/kit/secret.ts';
import { inboxStage, mail } from './stage.ts';

const MIXED = [
  'From: Ann <ann@x.test>',
  'To: bob@x.test',
  'Subject: parts',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>hi <img src="cid:logo@x"></p>',
  '--b',
  'Content-Type: image/svg+xml; name="../../x.svg"',
  'Content-ID: <logo@x>',
  'Content-Disposition: inline; filename="../../x.svg"',
  '',
  '<svg onload="alert(1)"/>',
  '--b',
  'Content-Type: text/html',
  "Content-Disposition: attachment; filename*=utf-8''%E2%80%AEfdp.%0D%0Ahtml%00%22",
  '',
  '<script>alert(1)</script>',
  '--b--',
  '',
].join('\r\n');

test('a message: texts, headers, parts and its source, octet for octet', async () => {
  await using stage = await inboxStage();
  const id = await stage.deliver(MIXED);
  const { json } = await stage.ask(`/api/messages/${id}`);
  assert.equal(json.html.trim(), '<p>hi <img src="cid:logo@x"></p>');
  assert.deepEqual(json.headers[2], ['Subject', 'parts']);
  assert.deepEqual(
    json.parts.map(({ type, disposition, content_id }) => [type, disposition, content_id]),
    [
      ['text/html', 'inline', ''],
      ['image/svg+xml', 'inline', 'logo@x'],
      ['text/html', 'attachment', ''],
    ],
  );
  const source = await stage.ask(`/api/messages/${id}/source`);
  assert.equal(source.body.toString(), MIXED);
  assert.equal(source.headers['content-type'], 'text/plain; charset=utf-8');
  const saved = await stage.ask(`/api/messages/${id}/source?download=1`, { headers: { range: 'bytes=0-3' } });
  assert.equal(saved.status, 206);
  assert.equal(saved.body.toString(), 'From');
  assert.match(String(saved.headers['content-disposition']), /filename="1\.eml"/);
  assert.equal((await stage.ask('/api/messages/99')).status, 404);
  assert.equal((await stage.ask('/api/messages/__proto__')).status, 404);
});

test('HT-32 MI-04 parts are saved, never shown; their names are suggestions without a path or a trick', async () => {
  await using stage = await inboxStage();
  const id = await stage.deliver(MIXED);
  const svg = await stage.ask(`/api/messages/${id}/parts/2`);
  assert.match(String(svg.headers['content-disposition']), /^attachment; filename="x\.svg"; filename\*=UTF-8''x\.svg$/);
  assert.equal(svg.headers['x-content-type-options'], 'nosniff');
  assert.match(String(svg.headers['content-security-policy']), /sandbox/);
  const html = await stage.ask(`/api/messages/${id}/parts/3`);
  const named = String(html.headers['content-disposition']);
  assert.match(named, /^attachment; /);
  assert.doesNotMatch(named, /%0D|%0A|%00|%E2%80%AE|[\r\n\0]/i);
  assert.equal((await stage.ask(`/api/messages/${id}/parts/9`)).status, 404);
});

test('MI-01 nested and without end: shown as far as it goes, and said so', async () => {
  await using stage = await inboxStage();
  let deep = 'Content-Type: text/plain\r\n\r\nin the middle\r\n';
  for (let at = 0; at < 200; at++)
    deep = `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n${deep}\r\n--b${at}--\r\n`;
  const id = await stage.deliver(`Subject: deep\r\n${deep}`);
  const { json } = await stage.ask(`/api/messages/${id}`);
  assert.equal(json.cut, true);
  assert.match(json.text, /in the middle/);
});

test('a CR of its own ends no line of what is told of a header', async () => {
  await using stage = await inboxStage();
  const id = await stage.deliver('Subject: one\rBcc: eve@x.test\r\nX-A: a\r\n b\r\n\r\n');
  const { json } = await stage.ask(`/api/messages/${id}`);
  assert.deepEqual(json.headers, [
    ['Subject', 'one Bcc: eve@x.test'],
    ['X-A', 'a b'],
  ]);
});

test('MI-08 an image is octets: whatever size it claims, nothing here looks into it', async () => {
  await using stage = await inboxStage();
  // A PNG of 65,535 x 65,535 pixels by its own words, and no pixel in it: whoever decoded it would fail, or take 16 GiB.
  const size = Buffer.from([0, 0, 0xff, 0xff]);
  const head = Buffer.concat([Buffer.from('IHDR'), size, size, Buffer.from([8, 6, 0, 0, 0])]);
  const image = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\r', 'latin1'),
    head,
    Buffer.alloc(1024 - 12 - head.length, 0xa5),
  ]);
  const id = await stage.deliver(
    `Subject: picture\r\nContent-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${image.toString('base64')}\r\n`,
  );
  const before = process.memoryUsage().rss;
  const { json } = await stage.ask(`/api/messages/${id}`);
  assert.deepEqual(
    json.parts.map(({ type }) => type),
    ['image/png'],
  );
  const part = await stage.ask(`/api/messages/${id}/parts/1`);
  assert.ok(part.body.equals(image), 'octet for octet');
  assert.ok(process.memoryUsage().rss - before < 256 * 1024 * 1024);
});

test('MI-10 what a header holds is text: controls and markup arrive as they are, as JSON', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: '<img src=x onerror=alert(1)>\u001b[2J', From: '</script><b>x</b> <a@x.test>' }));
  const { json, headers } = await stage.ask('/api/messages');
  assert.equal(json.messages[0]!.subject, '<img src=x onerror=alert(1)>\u001b[2J');
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('who delivered a message and the conversation are told, secrets left out; of what came otherwise nothing is', async () => {
  await using stage = await inboxStage();
  const secret = new Secret('canary-in-a-transcript');
  const session = {
    server: 'smtp',
    conn: 'c1',
    with: 'ESMTP',
    helo: 'client.test',
    address: '192.0.2.7',
    user: undefined,
    secure: false,
  };
  const transcript = () => 'C: NOOP canary-in-a-transcript\nS: 250 ok, stored as ';
  const id = await stage.deliver(MIXED, { session: { ...session, transcript } });
  const { json } = await stage.ask(`/api/messages/${id}/transcript`);
  forget(secret);
  assert.deepEqual(json, {
    schema: 'cs.transcript/1',
    id,
    received_at: (json as unknown as { received_at: string }).received_at,
    envelope: { from: 'sender@x.test', to: ['ann@x.test'] },
    delivered: { ...session, user: null },
    transcript: `C: NOOP ***\nS: 250 ok, stored as ${id}`,
  });
  const other = await stage.ask(`/api/messages/${await stage.deliver(MIXED)}/transcript`);
  assert.deepEqual([other.status, Object(other.json).delivered, Object(other.json).transcript], [200, null, null]);
  assert.equal((await stage.ask('/api/messages/99/transcript')).status, 404);
});
