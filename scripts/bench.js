// npm run bench NAME [flags]: compiles, then runs bench/NAME.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = '', ...rest] = process.argv.slice(2);
const known = readdirSync(join(root, 'bench')).filter((file) => file.endsWith('.ts'));
if (!known.includes(`${name}.ts`)) {
  console.error(`npm run bench NAME, one of: ${known.map((file) => file.slice(0, -3)).join(' ')}`);
  process.exit(2);
}
for (const what of [[], ['tests']])
  execFileSync(process.execPath, [join(root, 'scripts/build.js'), ...what], { stdio: 'inherit' });
const built = join(root, 'build/bench', `${name}.js`);
if (!existsSync(built)) process.exit(1);
process.exitCode = spawnSync(process.execPath, [built, ...rest], { stdio: 'inherit', cwd: root }).status ?? 1;
