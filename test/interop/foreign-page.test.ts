/** What a page of another origin can do to a server on this machine, in a real Chromium: nothing, and it cannot even look. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { type Serving, serve, tool } from './server.ts';

const chromium = tool('chromium');
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

describe('a page of another origin', { skip: chromium === undefined && 'chromium is not installed' }, () => {
  let server: Serving;
  let browser: BrowserContext;
  let foreign: Server;
  let page: Page;
  let place: string;
  let root: string;
  let url: string;

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-foreign-'));
    root = join(place, 'root');
    mkdirSync(root);
    writeFileSync(join(root, 'secret.txt'), 'the secret');
    writeFileSync(join(root, 'script.js'), 'window.stolen = "the secret";');
    server = await serve(['http', '--files', root, '--write', '--delete', '--capture', '/hook']);
    url = `http://127.0.0.1:${server.port('http')}/`;
    foreign = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>elsewhere</title><body></body>');
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const { chromium: engine } = await import('playwright-core');
    browser = await engine.launchPersistentContext(join(place, 'profile'), {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      headless: true,
      args: [...FLAGS.split(' '), '--host-resolver-rules=MAP rebound.example 127.0.0.1'],
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
  });
  after(async () => {
    await browser.close();
    foreign.close();
    assert.equal(await server.stop(), 0);
    rmSync(place, { recursive: true });
  });
  const untouched = (): void => {
    assert.deepEqual(
      readdirSync(root)
        .filter((name) => !name.startsWith('.'))
        .sort(),
      ['script.js', 'secret.txt'],
    );
    assert.equal(readFileSync(join(root, 'secret.txt'), 'utf8'), 'the secret');
  };
  const run = (code: string): Promise<unknown> => page.evaluate(`(async () => { const url = '${url}'; ${code} })()`);

  test('reads nothing: fetch, no-cors fetch, script, image, frame, event stream', async () => {
    assert.equal(await run("return fetch(url + 'secret.txt').then((r) => r.text(), () => 'denied')"), 'denied');
    assert.equal(await run("return fetch(url + '?format=json').then((r) => r.text(), () => 'denied')"), 'denied');
    const blind = "return fetch(url + 'secret.txt', { mode: 'no-cors' }).then((r) => r.text(), () => 'denied')";
    assert.ok(['', 'denied'].includes(String(await run(blind))));
    const load = (tag: string, file: string) =>
      run(
        `return new Promise((done) => { const node = document.createElement('${tag}'); node.onload = () => done('loaded'); node.onerror = () => done('denied'); node.src = url + '${file}'; document.body.append(node); })`,
      );
    assert.equal(await load('script', 'script.js'), 'denied');
    assert.equal(await run('return window.stolen ?? "nothing"'), 'nothing');
    assert.equal(await load('img', 'secret.txt'), 'denied');
    await load('iframe', '?format=html');
    const inside =
      "try { return document.querySelector('iframe').contentDocument?.body?.innerText ?? 'denied' } catch { return 'denied' }";
    assert.equal(await run(inside), 'denied');
    const stream =
      "return new Promise((done) => { const s = new EventSource(url); s.onopen = () => done('open'); s.onerror = () => { s.close(); done('denied'); }; })";
    assert.equal(await run(stream), 'denied');
  });

  test('changes nothing: fetch of every method and mode, a form, a beacon', async () => {
    for (const method of ['PUT', 'DELETE', 'POST', 'PATCH']) {
      for (const mode of ['cors', 'no-cors']) {
        await run(
          `await fetch(url + 'secret.txt', { method: '${method}', mode: '${mode}', body: 'x' }).catch(() => {})`,
        );
      }
    }
    const form =
      "const body = new FormData(); body.append('overwrite', '1'); body.append('file', new File(['x'], 'secret.txt'));";
    await run(`${form} await fetch(url, { method: 'POST', mode: 'no-cors', body }).catch(() => {})`);
    await run(`${form} navigator.sendBeacon(url, body)`);
    await run("await fetch(url + 'hook', { method: 'POST', mode: 'no-cors', body: 'forged' }).catch(() => {})");
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST' && response.url() === url),
      run(
        "const form = document.createElement('form'); form.method = 'post'; form.action = url; form.enctype = 'multipart/form-data'; document.body.append(form); form.submit();",
      ),
    ]);
    assert.equal(answer.status(), 403);
    untouched();
  });

  test('a name that was made to mean this machine is not answered for', async () => {
    const rebound = await browser.newPage();
    const answer = await rebound.goto(`http://rebound.example:${server.port('http')}/secret.txt`);
    assert.equal(answer?.status(), 403);
    assert.doesNotMatch(await rebound.content(), /the secret/);
    const put = await rebound.evaluate(
      "fetch('/secret.txt', { method: 'PUT', body: 'x' }).then((r) => r.status, () => 'denied')",
    );
    assert.ok(put === 403 || put === 'denied', String(put));
    untouched();
    await rebound.close();
  });
});
