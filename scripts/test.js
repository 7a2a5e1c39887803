// Builds, then runs compiled tests with Node's own runner, a process per file, one more at a time than there are cores: tests wait a lot.
//   node scripts/test.js [suite or path part ...] [--only NAME]   default: everything but interop
//   CS_SEED=random: other draws than the gate's (test/property.ts); CS_SEED=NUMBER: those again
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const only = args.includes('--only') ? args.splice(args.indexOf('--only'), 2)[1] : undefined;
if (!process.env.CS_TEST_NO_BUILD) {
  for (const what of [[], ['tests']]) {
    execFileSync(process.execPath, [join(root, 'scripts/build.js'), ...what], { stdio: 'inherit' });
  }
}
const build = join(root, 'build/test');
const files = readdirSync(build, { recursive: true })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => (args.length === 0 ? !file.startsWith('interop/') : args.some((part) => file.includes(part))))
  .map((file) => join(build, file))
  .sort();
if (files.length === 0) {
  console.error(`no test files match ${args.join(' ') || 'anything'} under ${relative(root, build)}`);
  process.exit(1);
}
// One for all files, whose processes take it from here.
if (process.env.CS_SEED === 'random') process.env.CS_SEED = String(randomInt(1_000_000_000));
if (process.env.CS_SEED) console.log(`CS_SEED=${process.env.CS_SEED}`);
let failed = 0;
// Foreign programs take more than one core each.
const concurrency = args.includes('interop') ? 2 : Math.min(availableParallelism() + 1, 8);
// A file that hangs fails, or nobody would ever hear of it.
const stream = run({ files, concurrency, timeout: 600_000, ...(only ? { testNamePatterns: [only] } : {}) });
stream.on('test:fail', (event) => {
  if (event.todo === undefined) failed += 1;
});
stream.compose(new spec()).pipe(process.stdout);
stream.on('end', () => {
  process.exitCode = failed > 0 ? 1 : 0;
});
