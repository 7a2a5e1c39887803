/** Where the page's files are: beside the program when it is built, made of the source on the spot in a checkout. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CsError } from '../../kit/errors.ts';

export interface PageFiles {
  readonly html: Uint8Array;
  readonly js: Uint8Array;
  readonly css: Uint8Array;
}

/** Set by the bundler. */
declare const CS_BUNDLED: boolean | undefined;

export async function pageFiles(): Promise<PageFiles> {
  return typeof CS_BUNDLED === 'undefined' ? fromSource() : built();
}

/** `dist/chunks/x.js` or `dist/main.js` → `dist/page/`. */
async function built(): Promise<PageFiles> {
  const here = dirname(fileURLToPath(import.meta.url));
  const place = join(here, existsSync(join(here, 'page')) ? 'page' : '../page');
  const [html, js, css] = await Promise.all(
    ['index.html', 'inbox.js', 'inbox.css'].map((name) => readFile(join(place, name))),
  );
  return { html: html!, js: js!, css: css! };
}

async function fromSource(): Promise<PageFiles> {
  const { buildPage } = (await import(new URL('scripts/build-page.js', checkout()).href)) as {
    buildPage: (outdir?: string) => Promise<PageFiles>;
  };
  return buildPage();
}

/** Upwards from `src/protocols/inbox`, or from where tests are compiled to. */
function checkout(): URL {
  for (let at = new URL('.', import.meta.url); at.pathname !== '/'; at = new URL('..', at)) {
    if (existsSync(new URL('scripts/build-page.js', at))) return at;
  }
  throw new CsError('CS_BUG', 'neither the built page nor its source is here');
}
