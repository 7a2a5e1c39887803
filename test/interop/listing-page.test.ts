/** The listing as people use it: a real Chromium, by keyboard, by mouse, on a phone, with and without its script. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { type Serving, serve, tool } from './server.ts';

const chromium = tool('chromium');
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

describe('the listing page in Chromium', { skip: chromium === undefined && 'chromium is not installed' }, () => {
  let server: Serving;
  let browser: BrowserContext;
  let place: string;
  let url: string;
  /** Requests to anybody, policies that were broken, errors of the script: none, ever. */
  const wrong: string[] = [];

  const launch = async (name: string, javaScriptEnabled = true): Promise<BrowserContext> => {
    const { chromium: engine } = await import('playwright-core');
    return engine.launchPersistentContext(join(place, name), {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      headless: true,
      args: FLAGS.split(' '),
      javaScriptEnabled,
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
  };
  const open = async (path = '', context = browser): Promise<Page> => {
    const page = await context.newPage();
    page.on('console', (message) => {
      // Conflicts and the like are answers that the page expects.
      if (!/status of 4\d\d/.test(message.text())) wrong.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => wrong.push(`script: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) wrong.push(`request: ${request.url()}`);
    });
    await page.goto(url + path);
    return page;
  };
  const names = async (page: Page): Promise<string[]> => {
    const texts = await page.locator('tbody tr:not([hidden]) td.name bdi').allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' '));
  };

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-page-'));
    const root = join(place, 'root');
    mkdirSync(join(root, 'docs/inner'), { recursive: true });
    mkdirSync(join(root, 'in'));
    mkdirSync(join(root, 'many'));
    for (const [name, size] of [
      ['alpha.txt', 300],
      ['beta10.bin', 10],
      ['beta9.bin', 90_000],
      ['Übung.txt', 1],
      ['javascript:alert(1)', 5],
      ['<img src=x onerror=alert(1)>.txt', 7],
    ] as const) {
      writeFileSync(join(root, name), Buffer.alloc(size, 97));
    }
    for (let at = 0; at < 1500; at++) writeFileSync(join(root, 'many', `file-${at}.txt`), '');
    server = await serve(['http', '--files', root, '--write']);
    url = `http://127.0.0.1:${server.port('http')}/`;
    browser = await launch('profile');
  });
  after(async () => {
    await browser.close();
    assert.equal(await server.stop(), 0);
    rmSync(place, { recursive: true });
    assert.deepEqual(wrong, []);
  });

  test('shows what is there, in natural order, names as text', async () => {
    const page = await open();
    assert.deepEqual(await names(page), [
      'docs (folder)',
      'in (folder)',
      'many (folder)',
      '<img src=x onerror=alert(1)>.txt',
      'alpha.txt',
      'beta9.bin',
      'beta10.bin',
      'javascript:alert(1)',
      'Übung.txt',
    ]);
    assert.equal(await page.locator('#status').innerText(), '9 entries, 88 KiB');
    const link = page.getByRole('link', { name: 'javascript:alert(1)' });
    assert.equal(await link.getAttribute('href'), './javascript%3Aalert(1)');
    await page.close();
  });

  test('search: as it is typed, without case and accents; nothing found is said; Escape clears', async () => {
    const page = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('UBUNG');
    assert.deepEqual(await names(page), ['Übung.txt']);
    assert.equal(await page.locator('#status').innerText(), '1 of 9 entries');
    await page.keyboard.type('x');
    assert.ok(await page.getByText('Nothing has this in its name.').isVisible());
    await page.keyboard.press('Escape');
    assert.equal((await names(page)).length, 9);
    await page.keyboard.type('alpha');
    await Promise.all([page.waitForURL(/alpha\.txt$/), page.keyboard.press('Enter')]);
    await page.close();
  });

  test('sort: by a click on each head, both ways, folders in front; the address keeps it', async () => {
    const page = await open();
    const head = (name: string) => page.getByRole('columnheader', { name });
    await head('Size').getByRole('link').click();
    assert.deepEqual((await names(page)).slice(3, 5), ['Übung.txt', 'javascript:alert(1)']);
    assert.equal(await head('Size').getAttribute('aria-sort'), 'ascending');
    await head('Size').getByRole('link').click();
    assert.deepEqual((await names(page)).slice(2, 4), ['docs (folder)', 'beta9.bin']);
    assert.equal(await head('Size').getAttribute('aria-sort'), 'descending');
    await page.reload();
    assert.equal((await names(page))[3], 'beta9.bin');
    await page.close();
  });

  test('keyboard: down, up, Enter into a folder, Backspace out of it', async () => {
    const page = await open();
    const focused = () => page.evaluate("document.activeElement.innerText.trim().replace(/\\s+/g, ' ')");
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'docs (folder)');
    await page.keyboard.press('End');
    assert.equal(await focused(), 'Übung.txt');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await Promise.all([page.waitForURL(/\/docs\/$/), page.keyboard.press('Enter')]);
    assert.deepEqual(await names(page), ['inner (folder)']);
    assert.equal(await page.getByRole('navigation').innerText(), 'Files\n/\ndocs'.replace(/\n\/\n/, '\n'));
    await Promise.all([page.waitForURL(url), page.keyboard.press('Backspace')]);
    await page.close();
  });

  test('upload: chosen files are there, a name that is taken is asked about', async () => {
    const page = await open('in/');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Upload', exact: true }).click(),
    ]);
    await Promise.all([
      page.waitForEvent('load'),
      chooser.setFiles([
        { name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('first') },
        { name: 'zwei ü.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(2_000_000, 7) },
      ]),
    ]);
    assert.deepEqual(await names(page), ['one.txt', 'zwei ü.bin']);
    assert.equal(readFileSync(join(place, 'root/in/one.txt'), 'utf8'), 'first');
    await page
      .locator('input[type=file]')
      .setInputFiles([{ name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('second') }]);
    await page.getByText('There is a file of this name').waitFor();
    assert.equal(readFileSync(join(place, 'root/in/one.txt'), 'utf8'), 'first');
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Replace it' }).click()]);
    assert.equal(readFileSync(join(place, 'root/in/one.txt'), 'utf8'), 'second');
    await page.close();
  });

  test('upload: dropped on the page', async () => {
    const page = await open('in/');
    const data = await page.evaluateHandle(
      "(() => { const data = new DataTransfer(); data.items.add(new File(['dropped'], 'drop.txt')); return data; })()",
    );
    await page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
    assert.equal(await page.locator('body.drop').count(), 1);
    await Promise.all([page.waitForEvent('load'), page.dispatchEvent('body', 'drop', { dataTransfer: data })]);
    assert.equal(readFileSync(join(place, 'root/in/drop.txt'), 'utf8'), 'dropped');
    await page.close();
  });

  test('many: pages of a thousand, searched and sorted by the server', async () => {
    const page = await open('many/');
    assert.equal(await page.locator('tbody tr').count(), 1000);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.waitForURL(/page=2/);
    assert.equal((await names(page))[0], 'file-1000.txt');
    await page.keyboard.press('/');
    await page.keyboard.type('file-149');
    await Promise.all([page.waitForURL(/q=file-149/), page.keyboard.press('Enter')]);
    assert.equal((await names(page)).length, 11);
    await page.close();
  });

  test('phone, tablet, desktop, light and dark: nothing wider than the screen, every target tall enough', async () => {
    for (const width of [390, 820, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await open();
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width, `${width}`);
        const heights = (await page.evaluate(
          "[...document.querySelectorAll('tbody a, .act, #q')].filter((each) => each.offsetParent).map((each) => each.getBoundingClientRect().height)",
        )) as number[];
        assert.ok(Math.min(...heights) >= 40, `${width}: ${Math.min(...heights)}`);
        assert.ok((await contrast(page)) >= 4.5, `${width} ${colorScheme}: ${await contrast(page)}`);
        await page.close();
      }
    }
  });

  test('a folder is one click away as zip', async () => {
    const page = await open('docs/');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download zip' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'docs.zip');
    assert.equal(await download.failure(), null);
    await page.close();
  });

  test('without its script: links sort, the form searches and uploads', async () => {
    const still = await launch('still', false);
    try {
      const page = await open('', still);
      await page.getByRole('columnheader', { name: 'Size' }).getByRole('link').click();
      await page.waitForURL(/sort=size/);
      assert.equal((await names(page))[3], 'Übung.txt');
      await page.getByRole('searchbox').fill('beta');
      await Promise.all([page.waitForURL(/q=beta/), page.keyboard.press('Enter')]);
      assert.deepEqual(await names(page), ['beta10.bin', 'beta9.bin']);
      await page.goto(`${url}in/`);
      const file = { name: 'by-form.txt', mimeType: 'text/plain', buffer: Buffer.from('by form') };
      await page.locator('input[type=file]').setInputFiles([file]);
      await Promise.all([
        page.waitForURL(`${url}in/`),
        page.getByRole('button', { name: 'Upload', exact: true }).click(),
      ]);
      await page.getByRole('link', { name: 'by-form.txt' }).waitFor();
      assert.equal(readFileSync(join(place, 'root/in/by-form.txt'), 'utf8'), 'by form');
    } finally {
      await still.close();
    }
  });

  test('HT-32 an uploaded page is no page of ours: it is saved, not shown', async () => {
    writeFileSync(join(place, 'root/in/evil.html'), '<script>fetch("/alpha.txt", { method: "DELETE" })</script>');
    const page = await open('in/');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'evil.html' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'evil.html');
    await page.close();
  });
});

/** The least contrast of text to what is behind it (WCAG 2.2, 1.4.3), of every kind of text on the page. */
function contrast(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const channels = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
      .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const color = channels(getComputedStyle(at).backgroundColor);
        if (color.length === 3 || color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    const all = document.querySelectorAll('nav bdi, th a, td.name bdi, td time, td.size span, .act, #status, .keys, #q');
    return Math.min(...[...all].filter((node) => node.offsetParent).map((node) => {
      const [a, b] = [light(channels(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05);
    }));
  })()`) as Promise<number>;
}
