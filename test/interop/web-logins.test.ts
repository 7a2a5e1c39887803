/** Accounts, rights and curl: who may read, who may write, who is asked to log in. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CS, type Serving, serve, sh, tool } from './server.ts';

const curl = tool('curl') ?? '';

describe('logins by curl', { skip: tool('curl') === undefined && 'curl is not installed' }, () => {
  let place: string;
  let data: string;
  const tokens = new Map<string, string>();

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-logins-'));
    data = join(place, 'data');
    mkdirSync(join(place, 'root/private'), { recursive: true });
    writeFileSync(join(place, 'root/open.txt'), 'open');
    writeFileSync(join(place, 'root/private/s.txt'), 'secret');
    writeFileSync(
      join(place, 'rights'),
      '-  /  list read\n-  /private  none\nann  /  list read write\nbob  /  list read\n',
    );
    for (const name of ['ann', 'bob']) {
      const added = await sh(process.execPath, [CS, 'user', 'add', name, '--generate', '--data', data]);
      assert.equal(added.code, 0, added.stderr);
      tokens.set(name, added.stdout.trim());
    }
  });
  after(() => rmSync(place, { recursive: true }));

  const login = (name: string) => ['-u', `${name}:${tokens.get(name)}`];
  const bearer = (name: string) => ['-H', `Authorization: Bearer ${tokens.get(name)}`];
  const asker =
    (server: Serving) =>
    async (path: string, ...args: string[]) => {
      const url = `http://127.0.0.1:${server.port('http')}/${path}`;
      const ran = await sh(curl, ['-sS', '-o', '/dev/null', '-w', '%{http_code}', ...args, url]);
      assert.equal(ran.code, 0, ran.stderr);
      return Number(ran.stdout);
    };

  test('--auth required: nothing without an account; a generated password is a bearer token too', async () => {
    const server = await serve(['http', '--files', join(place, 'root'), '--auth', 'required'], { data });
    const ask = asker(server);
    for (const path of ['open.txt', '', '?archive=zip', 'missing']) assert.equal(await ask(path), 401, path);
    assert.equal(await ask('open.txt', ...login('ann')), 200);
    assert.equal(await ask('open.txt', ...bearer('bob')), 200);
    assert.equal(await ask('open.txt', '-u', 'ann:wrong'), 401);
    assert.equal(await ask('open.txt', '-u', `ann:${tokens.get('bob')}`), 401);
    assert.equal(await ask('open.txt', '-H', 'Authorization: Bearer wrong'), 401);
    assert.equal(await server.stop(), 0);
  });

  test('--rights: nobody reads what is open, is asked to log in for the rest, and each may what is written', async () => {
    const args = ['http', '--files', join(place, 'root'), '--write', '--rights', join(place, 'rights')];
    const server = await serve(args, { data });
    const ask = asker(server);
    const put = ['-T', join(place, 'rights')];
    assert.deepEqual([await ask('open.txt'), await ask('private/s.txt'), await ask('private/none')], [200, 401, 401]);
    assert.equal(await ask('private/s.txt', ...login('bob')), 200);
    assert.equal(await ask('private/', ...bearer('bob')), 200);
    assert.deepEqual([await ask('new', ...put), await ask('new', ...put, ...login('bob'))], [401, 403]);
    assert.equal(await ask('new', ...put, ...bearer('ann')), 201);
    assert.equal(readFileSync(join(place, 'root/new'), 'utf8'), readFileSync(join(place, 'rights'), 'utf8'));
    const zip = join(place, 'all.zip');
    const all = await sh(curl, ['-sS', '-o', zip, `http://127.0.0.1:${server.port('http')}/?archive=zip`]);
    assert.equal(all.code, 0);
    const listed = await sh('python3', ['-m', 'zipfile', '-l', zip]);
    assert.match(listed.stdout, /files\/open\.txt/);
    assert.doesNotMatch(listed.stdout, /private/);
    assert.equal(await server.stop(), 0);
  });
});
