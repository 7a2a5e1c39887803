import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Crew } from '../../../src/commands/transfers/crew.ts';

test('V8 knows what it is told about its compiler, and is told nothing where it would complain', () => {
  const module = new URL('../../../src/commands/transfers/tiering.js', import.meta.url);
  const crew = '{ after: (count, act) => { console.log(count); act(); } }';
  const code = (how: string) =>
    `import(${JSON.stringify(module.href)}).then(({ optimizeLate }) => optimizeLate(${crew}${how}))`;
  const run = (how: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code(how)], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const { v8 } = process.versions;
  assert.deepEqual(run(''), { status: 0, stdout: v8.startsWith('11.') ? '3000\n' : '', stderr: '' });
  assert.deepEqual(run(', "12.4.254"'), { status: 0, stdout: '', stderr: '' });
});

test('a crew says once that so many have been begun', async () => {
  const crew = new Crew(2);
  const said: number[] = [];
  let begun = 0;
  crew.after(3, () => said.push(begun));
  for (; begun < 5; begun++) await crew.begin(async () => {});
  await crew.end();
  assert.deepEqual(said, [2]);
});
