// Generated inputs for everything that reads what strangers say: a million a wire is a release's.
//   node scripts/fuzz.js [wire ...] [--inputs N] [--shapes N] [--seed S] [--from N] [--seconds N]   default: every wire, 100,000 inputs each
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!process.env.CS_TEST_NO_BUILD) {
  execFileSync(process.execPath, [`${root}scripts/build.js`, 'tests'], { stdio: 'inherit' });
}
const run = spawnSync(process.execPath, [`${root}build/test/fuzz/run.js`, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
