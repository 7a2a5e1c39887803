#!/usr/bin/env node
// Runs the compiled program when it is built, else the source through tsx (a development checkout).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const first = process.argv[2];
if (process.argv.length === 3 && (first === '--version' || first === '-V')) {
  process.stdout.on('error', ({ code, message }) => {
    if (code !== 'EPIPE') process.stderr.write(`error: ${message}\n`);
    process.exit(code === 'EPIPE' ? 0 : 13);
  });
  process.stdout.write(`${JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version}\n`);
} else {
  const built = new URL('dist/main.js', root);
  if (!existsSync(fileURLToPath(built))) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  const { main } = await import(existsSync(fileURLToPath(built)) ? built.href : new URL('src/main.ts', root).href);
  await main(process.argv.slice(2));
}
