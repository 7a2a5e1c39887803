// Source → dist/: few files, because a start opens each of them (docs/decisions/0013). With `tests`: source, tests and
// benchmarks → build/, file by file, by the compiler.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildPage } from './build-page.js';
import { gatherChunks } from './gather-chunks.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tests = process.argv.includes('tests');
rmSync(`${root}${tests ? 'build' : 'dist'}`, { recursive: true, force: true });
function compile() {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', 'test/tsconfig.json'], { cwd: root, stdio: 'inherit' });
  } catch {
    process.exit(1);
  }
}

/** What is begun by its own file: the program, the package for programs, and the store's threads. */
const ENTRIES = ['main', 'index', 'stores/embedded/writer', 'stores/embedded/reader'];

/** Contexts that a test runner makes (Jest) lack these symbols before Node 24; Node itself has them from 20 on. */
const SYMBOLS = ['dispose', 'asyncDispose'].map((name) => `Symbol.${name}??=Symbol.for('Symbol.${name}');`).join('');

/**
 * The one package that every start needs is part of the program: eight files fewer to find and read. It asks for its modules
 * as CommonJS does, and never begins another program here. Its licence goes with it.
 */
const commander = {
  name: 'commander',
  setup(building) {
    building.onLoad({ filter: /[\\/]commander[\\/].*\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
        .replace("const childProcess = require('node:child_process');", 'const childProcess = undefined;')
        .replace(/require\('(node:\w+)'\)/g, "globalThis.process.getBuiltinModule('$1')");
      const licence = () => readFileSync(new URL('../LICENSE', pathToFileURL(path)), 'utf8');
      return { contents: path.endsWith('command.js') ? `/*! commander\n${licence()}*/\n${source}` : source };
    });
  },
};

/** What is imported from `node_modules` when it is needed. */
function packages() {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const names = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => name !== 'commander');
  return names.flatMap((name) => [name, `${name}/*`]);
}

async function bundle() {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: ENTRIES.map((name) => `src/${name}.ts`),
    outdir: 'dist',
    outbase: 'src',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.20',
    external: packages(),
    plugins: [commander],
    define: { CS_BUNDLED: 'true' },
    banner: { js: SYMBOLS },
    sourcemap: 'linked',
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  });
  await gatherChunks(build, root, SYMBOLS, metafile.outputs);
}

/** The file of public types stands alone, so it is the declaration as it is. */
function declare() {
  const types = readFileSync(`${root}src/commands/embed/fixture.ts`, 'utf8');
  const start =
    'export declare function start(services: string | readonly string[], options?: StartOptions): Promise<Servers>;';
  writeFileSync(`${root}dist/index.d.ts`, `${types}\n${start}\n`);
}

if (tests) compile();
else {
  await Promise.all([bundle(), buildPage(`${root}dist/page`)]);
  declare();
}
