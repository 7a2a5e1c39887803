import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('V8 knows what it is told about its compiler, and is told nothing where it would complain', () => {
  const module = new URL('../../../src/commands/transfers/tiering.js', import.meta.url);
  const code = (how: string) =>
    `import(${JSON.stringify(module.href)}).then(({ optimizeLate }) => optimizeLate(${how}))`;
  for (const how of ['', '"12.4.254"']) {
    const { status, stderr } = spawnSync(process.execPath, ['-e', code(how)], { encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, how);
  }
});
