import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAllowedHost, parseAuthority, parseOrigin } from '../../../../src/protocols/shared/http/authority.ts';
import { RouteTable } from '../../../../src/protocols/shared/http/route.ts';
import { type Stage, stage, status, talk } from './stage.ts';

describe('HT-22 the Host allow-list', () => {
  let opened: Stage;
  test.before(async () => {
    opened = await stage({ hosts: ['inbox.example', '*.team.example', '10.1.2.3'] });
  });
  test.after(() => opened.door.close());

  for (const host of [
    'evil.example',
    '127.0.0.1.nip.io',
    'localhost.evil',
    '[::1%25x]',
    '0.0.0.0',
    '[::]',
    '128.0.0.1',
  ]) {
    test(`${host}: 403 that names --allow-host`, async () => {
      const answer = await talk(opened, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 403 /);
      assert.match(answer, /--allow-host/);
      assert.deepEqual(opened.handled, []);
    });
  }
  for (const host of [
    'team.example',
    'xteam.example',
    'a.inbox.example',
    '127.1',
    '2130706433',
    '0x7f.1',
    'localhost.',
  ]) {
    test(`${host}: 403`, async () => {
      assert.equal(await status(opened, `GET / HTTP/1.1\r\nHost: ${host}`), 403);
    });
  }
  for (const host of [
    'localhost',
    'LOCALHOST:8025',
    'a.b.localhost',
    '127.0.0.1',
    '127.200.3.4:1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]:8',
    'inbox.example',
    'Inbox.Example:80',
    'x.team.example',
    '10.1.2.3',
  ]) {
    test(`${host}: allowed`, async () => {
      assert.equal(await status(opened, `GET / HTTP/1.1\r\nHost: ${host}`), 200);
    });
  }
});

describe('HT-23 the Origin gate', () => {
  let opened: Stage;
  test.before(async () => {
    opened = await stage({ origins: ['https://app.example'] });
  });
  test.after(() => opened.door.close());
  const FOREIGN = [
    'Origin: https://evil.example',
    'Origin: null',
    'Origin: ',
    'Origin: http://localhost.evil',
    'Origin: http://localhost:81',
    'Origin: https://localhost',
    'Origin: https://app.example.evil',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
  ];
  const OWN = [
    'Origin: http://localhost',
    'Origin: http://LOCALHOST:80',
    'Origin: https://app.example:443',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Site: none',
    'X-Nothing: said',
  ];
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    for (const line of FOREIGN) {
      test(`${method} with ${line}: 403, no CORS`, async () => {
        const answer = await talk(
          opened,
          `${method} /x HTTP/1.1\r\nHost: localhost\r\n${line}\r\nConnection: close\r\n\r\n`,
        );
        assert.match(answer, /^HTTP\/1\.1 403 /);
        assert.doesNotMatch(answer, /Access-Control/i);
        assert.deepEqual(opened.handled, []);
      });
    }
  }
  for (const line of OWN) {
    test(`POST with ${line}: taken`, async () => {
      assert.equal(await status(opened, `POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n${line}`), 200);
    });
  }
  test('a foreign page may not read either: no CORS header on any answer', async () => {
    const answer = await talk(
      opened,
      'GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n',
    );
    assert.doesNotMatch(answer, /Access-Control/i);
  });
});

test('HT-24 a GET that changes something cannot be declared', () => {
  const route = { method: 'GET', path: '/stop', safe: false, handle: () => ({ status: 200 }) };
  assert.throws(() => new RouteTable([route]), { code: 'CS_BUG' });
  assert.doesNotThrow(() => new RouteTable([{ ...route, method: 'POST' }]));
});

test('authorities and origins', () => {
  assert.deepEqual(parseAuthority('Example.TEST:8025'), { host: 'example.test', port: 8025 });
  assert.equal(parseAuthority('user@host'), undefined);
  assert.equal(parseOrigin('HTTP://Example.test:80'), 'http://example.test');
  assert.equal(parseOrigin('http://example.test/'), undefined);
  assert.equal(isAllowedHost({ host: '[::2]', port: undefined }, []), false);
});
