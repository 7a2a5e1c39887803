// Source → dist/ (and, with `tests`, source + tests + bench → build/).
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
const tests = process.argv.includes('tests');
rmSync(`${root}${tests ? 'build' : 'dist'}`, { recursive: true, force: true });
try {
  execFileSync(process.execPath, [tsc, '-p', tests ? 'test/tsconfig.json' : 'tsconfig.json'], {
    cwd: root,
    stdio: 'inherit',
  });
} catch {
  process.exit(1);
}
