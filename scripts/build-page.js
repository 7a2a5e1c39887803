// The inbox page: Preact and TypeScript → three files. Called by build.js for dist/, and by the source itself in a checkout.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'src/protocols/inbox/page');

/** @returns {Promise<{ html: Uint8Array, js: Uint8Array, css: Uint8Array }>} */
export async function buildPage(outdir) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { inbox: join(page, 'main.tsx') },
    outdir: 'out',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome109', 'firefox115', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: join(page, 'tsconfig.json'),
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  const of = (end) => outputFiles.find(({ path }) => path.endsWith(end)).contents;
  const files = { html: await readFile(join(page, 'index.html')), js: of('.js'), css: of('.css') };
  if (outdir !== undefined) {
    await mkdir(outdir, { recursive: true });
    await Promise.all([
      writeFile(join(outdir, 'index.html'), files.html),
      writeFile(join(outdir, 'inbox.js'), files.js),
      writeFile(join(outdir, 'inbox.css'), files.css),
    ]);
  }
  return files;
}
