/** WebSocket ends that others wrote, on ours: Python's, the npm package's through a real server's HTTPS, and a browser's. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { certificate } from '../net/certificate.ts';
import { listen } from '../protocols/inbox/socket-client.ts';
import { type InboxStage, inboxStage, mail, type Told } from '../protocols/inbox/stage.ts';
import { wsStage } from '../protocols/shared/ws/stage.ts';
import { serve, sh, tool } from './server.ts';

const PYTHON = '/usr/bin/python3';
const RATE = { burst: 10_000, perSecond: 10_000 };

/** Everything that a client can want of an echo; tells the extensions and the close code. */
const CLIENT = `
import asyncio, ssl, sys, websockets
async def main(url, ca, compression):
    context = ssl.create_default_context(cafile=ca) if url.startswith('wss') else None
    async with websockets.connect(url, ssl=context, compression=compression or None, max_size=None) as ws:
        for size in (0, 1, 125, 126, 1023, 1024, 65535, 65536):
            for whole in ('x' * size, bytes(at % 251 for at in range(size))):
                await ws.send(whole)
                assert await ws.recv() == whole, size
        await ws.send(['frag', '', 'men', 'ted ' * 2000])
        assert await ws.recv() == 'fragmented ' + 'ted ' * 1999
        await ws.send('κόσμε 🎈')
        assert await ws.recv() == 'κόσμε 🎈'
        await (await ws.ping(b'are you there'))
        print(','.join(extension.name for extension in ws.extensions))
        await ws.close(4321, 'enough')
        print(ws.close_code)
    async with websockets.connect(url, ssl=context, compression=compression or None, max_size=None) as ws:
        await ws.send('x' * 65537)
        try:
            await ws.recv()
        except websockets.exceptions.ConnectionClosed as closed:
            print(closed.rcvd.code)
asyncio.run(main(*sys.argv[1:]))
`;

describe('Python websockets', { skip: tool('python3') === undefined && 'python3 is not installed' }, () => {
  for (const [tls, compression] of [
    [false, ''],
    [false, 'deflate'],
    [true, ''],
    [true, 'deflate'],
  ] as const) {
    test(`an echo${tls ? ' over TLS' : ''}, ${compression || 'no compression'}`, async () => {
      const context = await certificate();
      const place = mkdtempSync(join(tmpdir(), 'cs-ws-'));
      try {
        writeFileSync(join(place, 'ca.pem'), context.cert);
        const door = tls ? { tls: { mode: 'implicit', context: () => context } as const } : {};
        await using opened = await wsStage({ rate: RATE }, undefined, { door });
        const url = `${tls ? 'wss' : 'ws'}://localhost:${opened.door.port}/ws/api`;
        const ran = await sh(PYTHON, ['-c', CLIENT, url, join(place, 'ca.pem'), compression]);
        assert.deepEqual([ran.code, ran.stderr], [0, '']);
        assert.deepEqual(ran.stdout.trim().split('\n'), [
          ...(compression ? ['permessage-deflate'] : ['']).filter((name) => name !== ''),
          '4321',
          '1009',
        ]);
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    });
  }
});

test('the inbox of a real server: news of mail that came by SMTP, in the clear and by HTTPS', async () => {
  for (const tls of [[], ['--tls']]) {
    const server = await serve(['smtp', ...tls]);
    try {
      const scheme = tls.length === 0 ? 'ws' : 'wss';
      const url = `${scheme}://127.0.0.1:${server.port('inbox')}/api/events/socket`;
      await using heard = await listen(url, { rejectUnauthorized: false });
      const sent = await server.cs('send', 'mail', '--to', 'ann@x.test', '--subject', 'by SMTP', '--text', 'hello');
      assert.equal(sent.code, 0, sent.stderr);
      assert.equal((await heard.next<Told>()).added[0]?.subject, 'by SMTP');
    } finally {
      await server.stop();
    }
  }
});

const chromium = tool('chromium');

describe('Chromium', { skip: chromium === undefined && 'chromium is not installed' }, () => {
  let stage: InboxStage;
  let browser: BrowserContext;
  let page: Page;
  let place: string;

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-ws-'));
    stage = await inboxStage();
    const { chromium: engine } = await import('playwright-core');
    browser = await engine.launchPersistentContext(join(place, 'profile'), {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
    page = await browser.newPage();
  });
  after(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
    rmSync(place, { recursive: true, force: true });
  });

  /** Opens it in the page: `open`, or how it ended. What it is told first is `told` there. */
  const begin = (): Promise<string> =>
    page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://127.0.0.1:${stage.door.port}/api/events/socket');
      globalThis.told = new Promise((tell) => socket.addEventListener('message', ({ data }) => tell(data)));
      socket.onopen = () => resolve('open');
      socket.onclose = ({ code }) => resolve('closed ' + code);
    })`);

  test('a page of the server itself is told', async () => {
    await page.goto(`http://127.0.0.1:${stage.door.port}/`);
    assert.equal(await begin(), 'open');
    await stage.deliver(mail({ Subject: 'seen' }));
    assert.equal((JSON.parse(await page.evaluate<string>('told')) as Told).added[0]?.subject, 'seen');
  });

  test('WS-01 a page of another origin is not', async () => {
    const foreign = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>elsewhere</title>');
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    try {
      await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
      assert.equal(await begin(), 'closed 1006');
      await page.goto('data:text/html,<title>nobody</title>');
      assert.equal(await begin(), 'closed 1006');
    } finally {
      foreign.close();
    }
  });
});
