import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const module = import.meta.resolve('../../src/ui/prompt.ts').replace(/ts$/, import.meta.url.slice(-2));
const asking = `const { prompt } = await import(${JSON.stringify(module)});
await prompt('word:', true).then(console.log, ({ code, exit }) => console.log(code, exit));`;

const rows: readonly (readonly [what: string, typed: string, said: string])[] = [
  ['an answer, which is not shown', 'secret\r', 'secret'],
  ['Ctrl-D: no answer', '\x04', 'CS_USAGE 2'],
  ['Ctrl-C', '\x03', 'CS_FAILED 130'],
  ['the end of what is typed', '', 'CS_USAGE 2'],
];

for (const [what, typed, said] of rows) {
  test(`a question is answered by ${what}; the line behind it is ended`, { timeout: 30_000 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', asking]);
    child.stdin.end(typed);
    const [out, shown] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    assert.equal(out, `${said}\n`);
    assert.match(shown, /word: [^a-z]*\n$/);
  });
}
