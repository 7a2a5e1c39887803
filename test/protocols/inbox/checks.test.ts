import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHtml } from '../../../src/protocols/inbox/checks/html.ts';
import { checkLinks } from '../../../src/protocols/inbox/checks/links.ts';
import { checkUnsubscribe } from '../../../src/protocols/inbox/checks/unsubscribe.ts';
import { headerLines } from '../../../src/protocols/inbox/model/header-lines.ts';
import { inboxStage, mail } from './stage.ts';

const ROWS: readonly [string, RegExp | undefined][] = [
  ['<a href="https://example.com/a?b=1&amp;c=2">open</a>', undefined],
  ['<a href="mailto:ann@x.test">ann</a>', undefined],
  ['<a href="http://example.com/">x</a>', /not encrypted/],
  ['<a href="https://ann:pw@example.com/">x</a>', /carries a login/],
  ['<a href="http://localhost:3000/">x</a>', /only its owner can reach/],
  ['<a href="https://192.168.1.1/">x</a>', /only its owner can reach/],
  ['<a href="https://[::1]/">x</a>', /only its owner can reach/],
  ['<a href="/relative">x</a>', /is relative/],
  ['<a href="#">x</a>', /leads nowhere/],
  ['<a href="https://example.com/{{token}}">x</a>', /placeholder/],
  ['<a href="javascript:alert(1)">x</a>', /do not follow/],
  ['<a href="https://evil.example/">https://bank.example/login</a>', /says bank\.example and leads to evil\.example/],
  ['<a href="https://www.bank.example/x">bank.example</a>', undefined],
  ['<a href="https://xn--bcher-kva.example/">x</a>', /another script/],
];
for (const [html, problem] of ROWS) {
  test(`link check: ${html}`, () => {
    const [link] = checkLinks(html, undefined);
    if (problem === undefined) assert.deepEqual(link?.problems, []);
    else assert.match(link?.problems.join('; ') ?? '', problem);
  });
}

test('HTML check: what hurts is named with advice, scores fall, and the table is complete', () => {
  const modern =
    '<!doctype html><html lang=en><meta name=viewport><div style="display:grid"><video></video><img src=a.png></div>';
  const { scores, features, notes } = checkHtml(modern);
  assert.deepEqual(
    features.map(({ name }) => name),
    ['<video>', 'display: grid'],
  );
  assert.ok(scores.outlook_windows! < scores.apple_mail!);
  assert.deepEqual(notes, ['1 of 1 images have no alt text: with images off nothing stands there']);
  assert.equal(checkHtml('<!doctype html><p>plain</p>').scores.gmail, 100);
  assert.match(checkHtml(`<p>${'x'.repeat(110_000)}</p>`).notes.join(), /Gmail clips it/);
});

test('checks: linear on what is made to be slow', () => {
  for (const shape of ['<', '<a ', '<!--', '<a href="', '<img '.repeat(2), 'a:b ', '<style>@media ']) {
    const started = process.cpuUsage().user;
    checkHtml(shape.repeat(60_000));
    checkLinks(shape.repeat(60_000), shape.repeat(60_000));
    // Microseconds of processor time: anything quadratic takes minutes.
    assert.ok(process.cpuUsage().user - started < 20_000_000, shape);
  }
});

test('HT-34 checks over HTTP: no address is asked', async () => {
  await using stage = await inboxStage();
  const id = await stage.deliver(mail({ 'Content-Type': 'text/html' }, '<a href="http://127.0.0.1:1/">x</a>\r\n'));
  const { json, status } = await stage.ask(`/api/messages/${id}/checks`);
  assert.equal(status, 200);
  assert.deepEqual(json.links[0]!.problems.length, 2);
});

const SIGNED = 'DKIM-Signature: v=1; h=from:list-unsubscribe : List-Unsubscribe-Post; b=x';
const UNSUBSCRIBE: readonly [readonly string[], boolean, readonly RegExp[]][] = [
  [[SIGNED, 'List-Unsubscribe: <https://x.example/u?id=1>, <mailto:u@x.example>', 'POST'], true, []],
  [[SIGNED, 'List-Unsubscribe: (how to leave)\t<https://x.example/\tu>', 'POST'], true, []],
  [['List-Unsubscribe: <https://x.example/u>'], false, [/no List-Unsubscribe-Post: Gmail/]],
  [['List-Unsubscribe: <https://x.example/u>', 'POST'], false, [/no DKIM signature covers both/]],
  [
    ['DKIM-Signature: v=1; bh=a; h=from:list-unsubscribe', 'List-Unsubscribe: <https://x.example/u>', 'POST'],
    false,
    [/no DKIM signature covers both/],
  ],
  [[SIGNED, 'List-Unsubscribe: <mailto:u@x.example>', 'POST'], false, [/one click needs an https/]],
  [[SIGNED, 'List-Unsubscribe: <http://x.example/u>', 'POST'], false, [/not encrypted/, /one click needs an https/]],
  [[SIGNED, 'List-Unsubscribe: https://x.example/u', 'POST'], false, [/no address in angle/, /one click needs/]],
  [[SIGNED, 'POST'], false, [/no List-Unsubscribe says where/, /one click needs/]],
  [
    [SIGNED, 'List-Unsubscribe: <https://x.example/u>', 'List-Unsubscribe-Post: One-Click'],
    false,
    [/is not List-Unsubscribe=One-Click/],
  ],
  [
    [SIGNED, 'List-Unsubscribe: <https://x.example/{{id}}>', 'List-Unsubscribe: <https://x.example/>', 'POST'],
    true,
    [/stands 2 times/, /placeholder/],
  ],
];
for (const [lines, oneClick, problems] of UNSUBSCRIBE) {
  test(`List-Unsubscribe: ${lines.join(' | ')}`, () => {
    const text = lines.map((line) => (line === 'POST' ? 'List-Unsubscribe-Post: List-Unsubscribe=One-Click' : line));
    const check = checkUnsubscribe(headerLines(Buffer.from(text.join('\r\n'))));
    assert.equal(check?.oneClick, oneClick);
    assert.equal(check?.problems.length, problems.length, check?.problems.join());
    for (const [nth, problem] of problems.entries()) assert.match(check?.problems[nth] ?? '', problem);
  });
}

test('List-Unsubscribe: nothing to say of mail without it; over HTTP; linear', async () => {
  assert.equal(checkUnsubscribe([['Subject', 'hi']]), undefined);
  await using stage = await inboxStage();
  const id = await stage.deliver(mail({ 'List-Unsubscribe': '<https://x.example/u>' }));
  const { unsubscribe } = (await stage.ask(`/api/messages/${id}/checks`)).json;
  assert.deepEqual([unsubscribe.links, unsubscribe.one_click], [['https://x.example/u'], false]);
  for (const shape of ['<', '<a', '<>', '<a>', '<\t', 'h=', ';h=', ';h=:', 'a:']) {
    const started = process.cpuUsage().user;
    for (const name of ['List-Unsubscribe', 'DKIM-Signature']) {
      checkUnsubscribe([
        [name, shape.repeat(80_000)],
        ['List-Unsubscribe-Post', shape.repeat(80_000)],
      ]);
    }
    // Microseconds of processor time: anything quadratic takes minutes.
    assert.ok(process.cpuUsage().user - started < 10_000_000, shape);
  }
});
